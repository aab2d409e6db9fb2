/** What is said of the kernel's capture before it is known, and beside a lab network that shows its frames itself. */
import type { KernelStatus } from './capture/kernel.ts'

export const UNKNOWN_CAPTURE: KernelStatus = {
  source: null,
  state: 'starting',
  interface: null,
  message: 'The capture is starting.',
  remedy: [],
  droppedByKernel: 0,
}

/** The lab network shows its frames by itself; the kernel's packets come beside them where they were asked for. */
export function besideLab(kernel: KernelStatus): KernelStatus {
  const lab =
    'Every frame of the lab network is told by the network itself, with its fate; that needs no permission.'
  const asked = kernel.state !== 'off'
  return {
    ...kernel,
    source: 'lab',
    state: kernel.state === 'starting' ? 'starting' : 'running',
    message: asked ? `${lab} Beside it: ${kernel.message}` : lab,
  }
}
