/** Every lab, or those of `WIRELAB_LABS=4,6`; and on the lab network those that leave its cable alone. */

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { testLab } from './lab-tests.ts'
import { changesCable, chosenLabs, labsOn, onStage } from './stage.ts'

const labs = await chosenLabs()

for (const { id, definition, folder } of labs) {
  test(`lab ${id} is whole: each step has its name and, on the wire, a program that fails it`, () => {
    const { steps, wrongs, assumes } = definition
    const ids = steps.map((step) => step.id)
    assert.equal(new Set(ids).size, ids.length, 'two steps have the same id')
    const missed = new Set(wrongs.map(({ step }) => step))
    const unproven = steps.filter(({ kind, id }) => kind === 'wire' && !missed.has(id)).map(({ id }) => id)
    assert.deepEqual(unproven, [], 'wire steps that no program in wrongs fails')
    for (const { file, step, says } of wrongs) {
      assert.ok(existsSync(join(folder, file)), `${file} is not there`)
      assert.equal(steps.find(({ id }) => id === step)?.kind, 'wire', `${file}: ${step} is no wire step`)
      assert.notEqual(says, '')
    }
    for (const number of assumes) assert.ok(number < definition.number, `it assumes lab ${number}`)
  })
}

const together = labsOn('lab', labs).filter((lab) => !changesCable(lab))
onStage('the lab network', { network: 'lab' }, together, testLab)
