/** Labs that do something to the cable, labs behind routers, and solutions on a cable that loses frames. */
import { testLab, testLossyLab } from './lab-tests.ts'
import { changesCable, chosenLabs, labsOn, onStage } from './stage.ts'

const labs = await chosenLabs()
const routed = labs.filter(({ definition }) => definition.topology === 'router')
const lossy = labsOn('lab', labs).filter(({ definition }) => definition.bearsLoss)

onStage('a cable of its own', { network: 'lab' }, labsOn('lab', labs).filter(changesCable), testLab)
onStage('routers', { network: 'lab', flags: ['--topology', 'router'] }, routed, testLab)
onStage(
  'a cable that loses 3 % of the frames',
  { network: 'lab', flags: ['--loss', '3%'] },
  lossy,
  testLossyLab,
)
