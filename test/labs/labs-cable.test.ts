/** Labs that do something to the cable, labs behind routers, and solutions on a cable that loses frames. */
import { testLab, testLossyLab } from './lab-tests.ts'
import { changesCable, chosenLabs, labsOn, onStage } from './stage.ts'

const labs = await chosenLabs()
const routed = labs.filter(({ definition }) => definition.topology === 'router')
const bearing = labsOn('lab', labs).filter(({ definition }) => definition.bearsLoss)
/** Chance makes them slow, and now and then wrong on a busy machine: a few stand for all, unless labs are chosen. */
const lossy = process.env.WIRELAB_LABS
  ? bearing
  : bearing.filter(({ definition }) => definition.number % 7 === 1)
const left = bearing.filter((lab) => !lossy.includes(lab)).map(({ definition }) => definition.number)
if (left.length > 0)
  console.error(`NOT RUN at 3 % loss: labs ${left.join(', ')}; WIRELAB_LABS=${left.join(',')} runs them`)

onStage('a cable of its own', { network: 'lab' }, labsOn('lab', labs).filter(changesCable), testLab)
onStage('routers', { network: 'lab', flags: ['--topology', 'router'] }, routed, testLab)
onStage(
  'a cable that loses 3 % of the frames',
  { network: 'lab', flags: ['--loss', '3%'] },
  lossy,
  testLossyLab,
)
