/** A step's question: choices, or a number or a word to type. */
import { useEffect, useState } from 'preact/hooks'
import type { LabStepNode } from '../../server/dashboard/api-labs.ts'

export interface LabQuestionProps {
  step: LabStepNode
  onAnswer: (answer: string) => void
}

export function LabQuestion({ step, onAnswer }: LabQuestionProps) {
  const given = step.answer ?? ''
  const [answer, setAnswer] = useState(given)
  useEffect(() => setAnswer(given), [given])
  const text = answer.trim()
  const nothingNew = text === '' || text === given
  return (
    <form
      class="lab-question"
      onSubmit={(event) => {
        event.preventDefault()
        if (!nothingNew) onAnswer(text)
      }}
    >
      {step.choices.length === 0 ? (
        <input
          class="lab-question__input"
          aria-label={`Your answer: ${step.title}`}
          value={answer}
          maxLength={200}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          onInput={(event) => setAnswer(event.currentTarget.value)}
        />
      ) : (
        <fieldset class="lab-question__choices">
          <legend class="visually-hidden">{step.title}</legend>
          {step.choices.map((choice) => (
            <label key={choice}>
              <input
                type="radio"
                name={`answer-${step.id}`}
                value={choice}
                checked={answer === choice}
                onChange={() => setAnswer(choice)}
              />
              <span>{choice}</span>
            </label>
          ))}
        </fieldset>
      )}
      {/* It stays where the keyboard is, also while there is nothing new to send. */}
      <button type="submit" class="lab-question__send" aria-disabled={nothingNew}>
        {step.answer === null ? 'Answer' : 'Answer again'}
      </button>
    </form>
  )
}
