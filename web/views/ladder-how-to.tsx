/** How to read the ladder, and the map. */

export function LadderHowTo() {
  return (
    <>
      <p>
        Time runs downwards; each line is one end of a conversation. An arrow leaves when its packet was sent
        and meets the other line when it came: the steeper it falls, the longer it was on its way. A number
        and a colour tell the layer that speaks in it.
      </p>
      <ul>
        <li>Two heads: sent again; a dotted line leads to the packet that it repeats.</li>
        <li>A broken arrow with a cross: lost there. A bar: refused, or broken off.</li>
        <li>A thin arrow only acknowledges. A flash: bits were turned over on the way.</li>
        <li>A diamond is what a program did: it emitted or heard an event. A hollow one, nobody listened.</li>
        <li>
          Brackets hold what belongs together, and fold. A dotted piece of line: nothing happened for so long.
        </li>
        <li>
          Small words with dots under them are both ends’ TCP states. No packet says them: they are inferred.
        </li>
      </ul>
    </>
  )
}

export function MapHowTo() {
  return (
    <>
      <p>
        Round marks are clients, square ones servers, with the switch or the routers between them. A frame
        takes as long over a cable as it really took; the digit in it is the layer that speaks.
      </p>
      <ul>
        <li>The wide cable is the one that delays, loses or cuts: choose it to change what it does.</li>
        <li>A frame that falls away crossed out was lost there; one with a bite was damaged.</li>
        <li>
          What stands for a program outside the lab is hollow: that program’s own socket ends at the gateway.
        </li>
        <li>The hosts of the packet that you point at, anywhere on the page, have a thick edge.</li>
      </ul>
    </>
  )
}
