/** How each chart of a conversation is read. */
import type { SequenceStyle } from './time-sequence-layout.ts'

export function ReadSequence({ style }: { style: SequenceStyle }) {
  return (
    <>
      <p>
        Every byte that one side sends has a number (RFC 9293 §3.4). Time runs to the right, the numbers
        upwards: the <b>slope</b> is the speed. A straight line is a steady flow, a flat stretch is silence,
        and steps one round trip apart are a sender that waits for ACKs.
      </p>
      {style === 'stevens' ? (
        <p>
          W. Richard Stevens drew one <b>point a segment</b>, at its first byte. What falls below the line was
          sent again.
        </p>
      ) : (
        <ul>
          <li>
            Each <b>bar</b> is a segment, from its first byte to its last.
          </li>
          <li>
            The <b>lower line</b> is what the receiver has acknowledged. Between it and the bars is what is
            under way; from a bar to the line, along the time, is one round trip.
          </li>
          <li>
            The <b>upper, dashed line</b> is the receive window (RFC 9293 §3.8.6): the sender must stay below
            it. Bars that touch it are held back by the receiver.
          </li>
          <li>
            <b>Thick bars</b> above a level stretch of the lower line are SACK blocks (RFC 2018): these bytes
            have come, something before them has not.
          </li>
        </ul>
      )}
      <p>
        A segment that is sent again is told by its shape: a <b>triangle</b> after three duplicate ACKs (RFC
        5681 §3.2), a <b>diamond</b> later in the repair or when the timer ran out (RFC 6298 §5), a{' '}
        <b>barred ring</b> when it had arrived after all. A <b>cross</b> never came: the wire does not say so,
        but the lab knows.
      </p>
    </>
  )
}

export function ReadRoundTrip() {
  return (
    <>
      <p>
        Each <b>point</b> is an ACK, as high as the time since the segment that it acknowledges. On a quiet
        way they lie on a level line: twice the delay of the cable. A queue that fills lifts them slowly;
        after a loss the ACK that closes the hole comes late.
      </p>
      <p>
        The sender smooths what it measures (RFC 6298 §2): <b>srtt</b> is the line, <b>rttvar</b> the band
        around it. From both it makes <b>RTO</b>, the dashed line: so long it waits for an ACK before it sends
        again. These are its own numbers and on no wire. A segment sent twice is not measured, since nobody
        knows which one the ACK answers (Karn’s algorithm, RFC 6298 §3).
      </p>
      <p>
        Where the capture stands matters: beside the receiver an ACK follows at once, and only from the
        sender’s end does the point hold the whole way there and back.
      </p>
    </>
  )
}

export function ReadWindow() {
  return (
    <>
      <p>
        Two windows bound what may be under way, and the smaller one counts. The <b>receive window</b>{' '}
        (dashed) is in every ACK: so much the receiver has room for (RFC 9293 §3.8.6). The{' '}
        <b>congestion window</b>, cwnd, is the sender’s own guess of what the network bears (RFC 5681): it is
        never on the wire, and only a host of the lab can tell.
      </p>
      <ul>
        <li>
          <b>Slow start</b>: cwnd grows by what is acknowledged, and doubles with each round trip, up to{' '}
          <b>ssthresh</b> (dotted).
        </li>
        <li>
          <b>Congestion avoidance</b>: above it, about one segment a round trip: a ramp.
        </li>
        <li>
          <b>Fast recovery</b> (RFC 5681 §3.2, RFC 6675): a hole was reported. cwnd and ssthresh fall to half
          of what was under way, and the hole is filled without waiting for the timer.
        </li>
        <li>
          <b>Timeout recovery</b>: the timer ran out. cwnd falls to one segment and slow start begins anew.
        </li>
      </ul>
      <p>
        The filled line is what is <b>in flight</b>. Where it touches cwnd the network is thought to be the
        limit, where it touches the receive window the receiver is, and where it touches neither the
        application had no more to send.
      </p>
    </>
  )
}

export function ReadThroughput() {
  return (
    <>
      <p>
        <b>Throughput</b> is every byte on the wire a second: headers, and what was sent again, too.{' '}
        <b>Goodput</b> (filled from below) is what the application gets out of it: each of its bytes counted
        once, when it was first seen.
      </p>
      <p>
        What lies between is named: <b>headers</b> (Ethernet 14, IP 20, TCP 20 to 60 bytes a segment: small
        messages pay most) and, hatched by its broken edge, what was <b>sent again</b>. The dashed line is the
        rate that the cable is set to: throughput can reach it, goodput never can.
      </p>
    </>
  )
}

export function ReadArrivals() {
  return (
    <p>
      Each point is a datagram, as high as its payload is long. UDP (RFC 768) numbers nothing and repeats
      nothing: a <b>cross</b> is one that the cable lost, which only the lab knows. In a capture alone it
      would simply not be there.
    </p>
  )
}

export function ReadGaps() {
  return (
    <>
      <p>
        Each point is the time since the datagram before it. A sender that speaks every 20 ms makes a level
        line; what spreads it is the network, or a busy computer.
      </p>
      <p>
        The line is the <b>jitter</b> as RTP has it (RFC 3550 §6.4.1): how much the time on the way changes
        from one datagram to the next, smoothed by a sixteenth. Where nobody knows when a datagram left, the
        change of the gaps stands in for it.
      </p>
    </>
  )
}
