import type { Bug } from './bug.ts';

const CORE = 'server/src/core';

/** In fan-out, sessions, and the conversation. */
export const coreBugs: readonly Bug[] = [
  {
    name: 'drop one in a thousand: a cohort ignores a publication now and then',
    file: `${CORE}/fanout/fanout.ts`,
    find: 'if (cohort.gather(this.#taking as Entry)) this.#dirty.push(cohort);',
    // The minimal standard generator: it draws the same numbers in each hunt, and knows nothing of the test. It draws
    // where somebody listens alone: of all publications, too few are for anybody that a hunt could be sure to meet one.
    replace: `globalThis.seededDraw = ((globalThis.seededDraw ?? 1) * 48271) % 2147483647;
    if (globalThis.seededDraw % 1_000 === 0) return;
    if (cohort.gather(this.#taking as Entry)) this.#dirty.push(cohort);`,
  },
  {
    name: 'duplicate at the seam: who goes live joins what his cohort has gathered',
    file: `${CORE}/fanout/fanout.ts`,
    find: 'this.flush(cohort);\n    cohort.live.add(member);',
    replace: 'cohort.live.add(member);',
  },
  {
    name: 'swap two: the first two of a chunk change places',
    file: 'server/src/web/socket/encoding.ts',
    find: 'for (const entry of entries) {',
    replace: 'for (const entry of [...entries.slice(1, 2), ...entries.slice(0, 1), ...entries.slice(2)]) {',
  },
  {
    name: 'forget the gap: what was lost is counted but not reported',
    file: `${CORE}/session/session-writer.ts`,
    find: 'this.control({ gap });',
    replace: '',
  },
  {
    name: 'queue without bound: a session is written to whether its link has room or not',
    file: `${CORE}/session/session.ts`,
    find: 'if (!this.writer.hasRoom) return false;\n    this.writer.send(encoded, textBytes);',
    replace: 'this.writer.send(encoded, textBytes);',
  },
  {
    name: 'cursor not advanced by recovery: what was read from the log is read once more',
    file: `${CORE}/session/behind/behind.ts`,
    find: 'standing.cursor = upTo;',
    replace: 'if (offsets.length === 0) standing.cursor = upTo;',
  },
  {
    name: 'one too early: a replay goes live before the last publication of it',
    file: `${CORE}/session/session.ts`,
    find: 'if (reached < Math.max(',
    replace: 'if (reached + 1 < Math.max(',
  },
  {
    name: 'left over: a session that has ended keeps its place in its cohort',
    file: `${CORE}/session/session.ts`,
    find: "this.#membership.end();\n    this.#standing = { kind: 'closed' };",
    replace: "this.#standing = { kind: 'closed' };",
  },
  {
    name: 'left out in silence: what is not the newest is skipped and not reported',
    file: `${CORE}/log/selection.ts`,
    find: 'return this.#skips;',
    replace: 'return [];',
  },
  {
    name: 'confirmed too early: an ack answers for what comes after it',
    file: `${CORE}/receipts/witness.ts`,
    find: 'this.reached = Math.max(this.reached, offset);',
    replace: 'this.reached = Math.max(this.reached, offset + 3);',
  },
  {
    name: 'ack counted twice: one ack is added to another',
    file: `${CORE}/session/window.ts`,
    find: 'this.#ackedBytes = Math.max(this.#ackedBytes, Math.min(bytes, this.#sentBytes));',
    replace: 'this.#ackedBytes = Math.min(this.#ackedBytes + bytes, this.#sentBytes);',
  },
  {
    name: 'answer before append: a put is accepted with the offsets that it should get',
    file: `${CORE}/putting/puts.ts`,
    find: 'const appended = this.#log.append(entry);',
    replace: `const { head } = this.#log;
      setImmediate(() => setImmediate(() => void (async () => this.#log.append(entry))().catch(() => undefined)));
      return { time: this.#log.now(), offsets: entry.channels.map((_, i) => head + 1 + i) };`,
  },
];
