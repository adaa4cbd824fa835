/**
 * A real Chromium with the console in it. `messages` and `channels <due>` open a screen in a window of its own, and
 * answer how long it took; `measure <seconds>` presses keys on it and counts; `away` closes it.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { findChromium, launchChromium } from '../../../test/support/browser.ts';
import { answer, plan, say } from '../../parts/part.ts';
import { askUntil, pause } from '../clock.ts';
import { type Histogram, Samples } from '../samples.ts';

export interface Opened {
  /** From the beginning of its navigation until the rows that are due were drawn, in ms; null: not within a minute. */
  readonly rowsMs: number | null;
}

export interface ScreenReport {
  readonly seconds: number;
  readonly frames: number;
  /** Script, and all that the page's thread did, in ms a frame: a sample a second. */
  readonly scriptMs: Histogram;
  readonly taskMs: Histogram;
  /** The most that was used of the heap, garbage included. */
  readonly heapBytes: number;
  /** From a key to the next frame that was painted. */
  readonly inputMs: Histogram;
}

/** What is noted in the page. Text, because no type here knows a page. */
const NOTES = `(due) => {
  const notes = { frames: 0, inputs: [], rowsMs: null };
  globalThis.consoleNotes = notes;
  const frame = () => {
    notes.frames += 1;
    const drawn = notes.rowsMs === null && document.querySelector('.grid-row');
    if (drawn && Number(drawn.closest('.grid').getAttribute('aria-rowcount')) > due) notes.rowsMs = performance.now();
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) if (name === 'keydown') notes.inputs.push(duration);
  }).observe({ type: 'event', durationThreshold: 16 });
}`;

/** Faster ones are not reported: Event Timing begins at 16 ms. */
const LEAST_INPUT_MS = 16;
const KEYS_A_SECOND = 4;
const PATIENCE_MS = 60_000;

interface Notes {
  readonly frames: number;
  readonly inputs: readonly number[];
}

const { url } = plan<{ readonly url: string }>();
const profiles = process.env.ZEROSPAN_TEST_PROFILE;
let open: { readonly context: BrowserContext; readonly page: Page; readonly cdp: CDPSession } | undefined;

async function away(): Promise<void> {
  await open?.context.close();
  open = undefined;
}

async function opened(hash: string, due: number): Promise<Opened> {
  await away();
  // Nothing of an earlier visit is in its caches.
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  open = { context, page, cdp: await context.newCDPSession(page) };
  await open.cdp.send('Performance.enable');
  await page.addInitScript(`(${NOTES})(${due})`);
  await page.goto(`${url}${hash}`);
  // Asked from here: the policy of the page forbids to evaluate a text again and again in it.
  return askUntil(
    () => page.evaluate<Opened>('({ rowsMs: consoleNotes.rowsMs })'),
    ({ rowsMs }) => rowsMs !== null,
    PATIENCE_MS,
  );
}

async function metrics(cdp: CDPSession): Promise<(name: string) => number> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return (name) => metrics.find((each) => each.name === name)?.value ?? Number.NaN;
}

async function measured(seconds: number): Promise<ScreenReport> {
  if (open === undefined) throw new Error('no screen is open');
  const { page, cdp } = open;
  const notes = (): Promise<Notes> => page.evaluate<Notes>('consoleNotes');
  await page.evaluate('consoleNotes.inputs = []');
  const [scripts, tasks, inputs] = [new Samples(), new Samples(), new Samples()];
  let heapBytes = 0;
  let pressed = 0;
  let [before, { frames }] = [await metrics(cdp), await notes()];
  const firstFrame = frames;
  const beganMs = performance.now();
  while (performance.now() - beganMs < seconds * 1_000) {
    const second = performance.now();
    for (let i = 0; i < KEYS_A_SECOND; i++) {
      await page.keyboard.press(pressed++ % 2 === 0 ? 'j' : 'k');
      await pause(Math.max(0, second + ((i + 1) * 1_000) / KEYS_A_SECOND - performance.now()));
    }
    const [now, { frames: drawn }] = [await metrics(cdp), await notes()];
    const each = Math.max(1, drawn - frames);
    scripts.add(((now('ScriptDuration') - before('ScriptDuration')) * 1_000) / each);
    tasks.add(((now('TaskDuration') - before('TaskDuration')) * 1_000) / each);
    heapBytes = Math.max(heapBytes, now('JSHeapUsedSize'));
    [before, frames] = [now, drawn];
  }
  const took = (performance.now() - beganMs) / 1_000;
  const slow = (await notes()).inputs;
  for (let i = 0; i < pressed; i++) inputs.add(slow[i] ?? LEAST_INPUT_MS);
  return {
    seconds: took,
    frames: frames - firstFrame,
    scriptMs: scripts.histogram(),
    taskMs: tasks.histogram(),
    heapBytes,
    inputMs: inputs.histogram(),
  };
}

/** With a folder for profiles, what the page did is left there. */
async function profiled(seconds: number): Promise<ScreenReport> {
  if (!profiles || open === undefined) return measured(seconds);
  const { cdp, page } = open;
  await cdp.send('Profiler.enable');
  await cdp.send('Profiler.start');
  const report = await measured(seconds);
  const { profile } = await cdp.send('Profiler.stop');
  const screen = /#\/(\w+)/.exec(page.url())?.[1] ?? 'page';
  await writeFile(join(profiles, `console-${screen}.cpuprofile`), JSON.stringify(profile));
  return report;
}

const chromium = findChromium();
if (chromium === undefined) throw new Error('there is no Chromium here');
const browser = await launchChromium(chromium);
// The first page of a browser waits for its processes to begin: that is not the console's time.
const first = await browser.newPage();
await first.goto('about:blank');
await first.close();

answer({
  /** The last 200 messages. */
  messages: () => opened('#/messages', 200),
  channels: (due = 0) => opened('#/channels?sep=none', due),
  measure: (seconds = 1) => profiled(seconds),
  async away() {
    await away();
    return {};
  },
});
say({ ready: true });
