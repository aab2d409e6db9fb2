/** The labs that can be done on the kernel's network, there. */
import { testLab } from './lab-tests.ts'
import { chosenLabs, labsOn, onStage } from './stage.ts'

const labs = labsOn('kernel', await chosenLabs())
onStage('the kernel’s network', { network: 'kernel' }, labs, testLab)
