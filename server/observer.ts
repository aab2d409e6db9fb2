/**
 * The observer's thread: frames and application events come in, the trace and the dashboard are here.
 * What goes wrong in it unforeseen ends this thread and nothing else: the main thread starts another.
 */
import { isMainThread, type MessagePort, workerData } from 'node:worker_threads'
import { type FrameIntake, startFrameIntake } from './capture/frame-intake.ts'
import { type KeyLogIntake, startKeyLogIntake } from './capture/key-log-intake.ts'
import { LabFrames } from './capture/lab-frames.ts'
import { type Channel, openChannel } from './channel.ts'
import type { BenchNotices, BenchRequests, ObserverNotices, ObserverStart } from './control.ts'
import { Access } from './dashboard/access.ts'
import type { LabNetworkNode } from './dashboard/api-network.ts'
import { buildApp } from './dashboard/app.ts'
import { Captures } from './dashboard/captures.ts'
import { LiveFeed } from './dashboard/live.ts'
import { Recorder } from './dashboard/recorder.ts'
import { SessionLog } from './dashboard/session-log.ts'
import { StatusBoard } from './dashboard/status-board.ts'
import { messageOf, systemCode } from './errors.ts'
import { eventsOf } from './event-relay.ts'
import { giveWay } from './give-way.ts'
import { Labs } from './labs/labs.ts'
import { progressPath } from './labs/learner-folder.ts'
import { type LoadedLab, loadLabs } from './labs/load.ts'
import { packageRoot } from './labs/package-root.ts'
import { Progress } from './labs/progress.ts'
import { ObservedPorts } from './observed-ports.ts'
import { epochNow } from './services/application-events.ts'
import { listen } from './services/service.ts'
import { Samples } from './trace/samples.ts'
import { Trace } from './trace/trace.ts'
import { TwoEnds } from './trace/two-ends.ts'

type Main = BenchRequests & ObserverNotices

/** Starts everything; rejects when the dashboard's port or the socket for frames can't be had. */
async function startObserver(start: ObserverStart): Promise<void> {
  // A frame of the lab network says so itself; one that the kernel's capture brings beside those is captured.
  const { limitBytes } = start
  const trace = new Trace({ limitBytes, provenance: 'captured', eventsFromWire: 'at once' })
  const keyLog = startKeyLogIntake(start.keyLog, (lines) => trace.secrets.add(lines))
  const lab = start.labFrames === null ? undefined : observeLab(start.labFrames, trace, keyLog)
  const board = new StatusBoard(start, trace)
  const ports = new ObservedPorts(trace)
  ports.setServices(start.services)
  const session = new SessionLog({
    about: { version: start.version, startedAt: start.startedAt, network: start.network },
    trace,
    names: ports.names,
    samples: lab?.ends.samples,
  })
  session.setServices(start.services, start.heartbeat)

  const endings: (() => Promise<unknown> | unknown)[] = [() => lab?.close(), () => keyLog.close()]
  const close = async () => {
    await Promise.all(endings.splice(0).map((end) => end()))
    // After the answer to `close` has left; nothing else holds the thread then.
    setImmediate(() => channel.close())
  }
  // Whoever is told of changes while the dashboard is still being put together: nobody.
  let touch = () => {}
  let onNetwork: (network: LabNetworkNode) => void = () => {}
  let onProgram: BenchNotices['program'] = () => {}
  const notices: BenchNotices = {
    events(batch) {
      for (const event of eventsOf(batch)) trace.addEvent(event)
      board.eventsDropped += batch.dropped
      touch()
    },
    capture(status) {
      board.setCapture(status)
      touch()
    },
    services(services) {
      board.services = services
      ports.setServices(services)
      session.setServices(services, board.heartbeat)
      touch()
    },
    heartbeat(heartbeat) {
      board.heartbeat = heartbeat
      session.setServices(board.services, heartbeat)
      touch()
    },
    program: (news) => onProgram(news),
    lag(lag) {
      board.lag = lag
      touch()
    },
    network(network) {
      board.network = network
      session.setNetwork(network)
      onNetwork(network)
      touch()
    },
    close,
  }
  const channel: Channel<Main> = openChannel<BenchNotices, Main>(start.port, notices)

  try {
    const bench = askBench(channel)
    const progress = new Progress({ path: start.learnersFolder && progressPath(start.learnersFolder), talk })
    endings.push(() => progress.flush())
    const labs = new Labs({
      trace,
      labs: await loadedLabs(start.labsFolder),
      network: start.network,
      progress,
      learnersFolder: start.learnersFolder,
      samples: lab?.ends.samples,
      bench,
      now: epochNow,
      onPorts: (opened, open) => (open ? ports.openRun(opened) : ports.closeRun(opened)),
    })
    onNetwork = (network) => labs.setNetwork(network)
    onProgram = (news) => labs.onProgram(news)
    const access = new Access({ hosts: start.dashboard.names, token: start.dashboard.token ?? undefined })
    const captures = new Captures(trace, lab?.ends)
    const recorder = new Recorder({ folder: start.recordFolder, onChange: () => touch() })
    endings.push(() => recorder.stop())
    const status = () => ({ ...board.status(), recording: recorder.node() })
    const app = buildApp({
      captures,
      status,
      bench,
      labs,
      webRoot: `${packageRoot()}/dist/web`,
      access,
      samples: lab?.ends.samples,
      session,
      recorder,
      captureLimitBytes: start.limitBytes,
    })
    const live = new LiveFeed(app.server, { captures, status, labs, access, network: () => board.network })
    touch = () => live.touch()
    endings.push(
      () => live.close(),
      () => app.close(),
    )
    await app.ready()

    const intake: FrameIntake = await startFrameIntake({
      path: start.framesPath,
      onFrame: (frame) => {
        if (!ports.scope.includes(frame)) return
        keyLog.take()
        trace.add(frame)
      },
      onNote: (message) => {
        board.captureNote = message
        touch()
      },
    })
    endings.push(() => intake.close())
    if (lab !== undefined) {
      lab.onDropped = (dropped) => {
        board.framesDropped = dropped
        touch()
      }
      // It tells of changes; how it is to begin with must be asked.
      bench.network({}).then(notices.network, () => undefined)
    }

    const { hosts, port } = start.dashboard
    const door = await listen(app.server, { hosts, port })
    endings.push(() => door.close())
    access.setPort(door.port)
    giveWay()
    channel.tell('ready', { run: trace.run, port: door.port, hosts: [...door.hosts] })
  } catch (error) {
    channel.tell('failed', { code: systemCode(error) ?? 'internal', message: messageOf(error) })
    await close()
  }
}

interface ObservedLab {
  readonly ends: TwoEnds
  /** Told how many frames in all could not be told. */
  onDropped: (dropped: number) => void
  close(): void
}

function observeLab(port: MessagePort, client: Trace, keyLog: KeyLogIntake): ObservedLab {
  const ends = new TwoEnds({ client, samples: new Samples() })
  const frames = new LabFrames({
    port,
    begin: (topology) => ends.begin(topology),
    beforeBatch: () => keyLog.take(),
    onDropped: (dropped) => observed.onDropped(dropped),
  })
  const observed: ObservedLab = {
    ends,
    onDropped: () => undefined,
    close() {
      frames.close()
      ends.close()
    },
  }
  return observed
}

function askBench(channel: Channel<Main>): BenchRequests {
  return {
    openRun: (request) => channel.ask('openRun', request),
    runProgram: (request) => channel.ask('runProgram', request),
    closeRun: (request) => channel.ask('closeRun', request),
    holdCable: (request) => channel.ask('holdCable', request),
    exchange: (request) => channel.ask('exchange', request),
    setHeartbeat: (request) => channel.ask('setHeartbeat', request),
    retryCapture: (request) => channel.ask('retryCapture', request),
    network: (request) => channel.ask('network', request),
    patchNetwork: (patch) => channel.ask('patchNetwork', patch),
  }
}

const talk = (message: string) => console.error(`wirelab: ${message}`)

/** A lab that can't be loaded must not take the others away with it, nor the packets. */
async function loadedLabs(folder: string | null): Promise<LoadedLab[]> {
  return loadLabs({ folder: folder ?? undefined, onProblem: talk }).catch((error) => {
    talk(messageOf(error))
    return []
  })
}

if (!isMainThread) await startObserver(workerData as ObserverStart)
