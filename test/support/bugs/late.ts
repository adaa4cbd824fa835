import type { Bug } from './bug.ts';

const CORE = 'server/src/core';

/** In what happens while the log takes its time: caught by the scripts with a log that is late. */
export const lateBugs: readonly Bug[] = [
  {
    name: 'counted too late: sessions that match a put are counted when the log has answered, not when fan-out takes it',
    file: `${CORE}/putting/puts.ts`,
    find: '...tally.countOf(channel, i),',
    replace: '...tally.countOf(channel, names.length + i),',
    late: true,
  },
  {
    name: 'stale answer: what was read for other filters than those of now is written',
    file: `${CORE}/session/behind/reader.ts`,
    find: 'if (version === this.#version && this.#writer.hasRoom) use(answer);',
    replace: 'if (this.#writer.hasRoom) use(answer);',
    late: true,
  },
  {
    name: 'two reads at a time: a session that is added while it reads reads once more',
    file: `${CORE}/session/behind/catchup.ts`,
    find: 'if (this.#reading.has(who)) this.#reading.set(who, true);\n    else if',
    replace: 'if',
    late: true,
  },
  {
    name: 'forgotten while reading: a session that is added meanwhile is not called again',
    file: `${CORE}/session/behind/catchup.ts`,
    find: 'if (goesOn || isAgain)',
    replace: 'if (goesOn && !isAgain)',
    late: true,
  },
  {
    name: 'tail of another log: what it held before the epoch changed is given for the new one',
    file: `${CORE}/fanout/fanout.ts`,
    find: 'this.tail.clear(this.#head);',
    replace: '',
    late: true,
  },
  {
    name: 'still waiting: who shares a read is not called when it is answered',
    file: `${CORE}/session/behind/shared-reads.ts`,
    find: 'for (const who of waiting) this.#call(who);',
    replace: '',
    late: true,
  },
];
