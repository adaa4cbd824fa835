import { runInNewContext } from 'node:vm';
import { EventSource } from 'eventsource';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SHELL_TEST_MS, Shell } from '../../support/shell.ts';
import { snippet } from '../../support/snippets.ts';
import { until } from '../../support/until.ts';

const PAGE = 'docs/http.md';

/** A value with the same fields, of which only the types are left. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shapeOf(one)]));
}

describe('what docs/http.md shows', { timeout: SHELL_TEST_MS }, () => {
  it('is what a put by curl is answered', async () => {
    const shell = await Shell.open();
    await shell.serve('npm start');
    const written = await shell.run(snippet(PAGE, 'sh', 'Putting'));
    // Where curl does not write to a terminal, it shows its progress as well.
    const answer = JSON.parse(written.slice(written.indexOf('{'))) as unknown;
    const shown = JSON.parse(snippet(PAGE, 'json', 'Putting')) as unknown;
    expect(shapeOf(answer)).toEqual(shapeOf(shown));
    expect(answer).toMatchObject({ accepted: { channels: [{ channel: 'room1', offset: 1 }] } });
  });

  it('is what puts by curl are answered', async () => {
    const shell = await Shell.open();
    await shell.serve('npm start');
    const written = await shell.run(snippet(PAGE, 'sh', 'Many puts'));
    const shown = shapeOf(JSON.parse(snippet(PAGE, 'json', 'Many puts')));
    const answers = written.match(/\{"line".*\}/g)?.map((line) => JSON.parse(line) as { line: number }) ?? [];
    expect(answers.map(shapeOf)).toEqual([shown, shown]);
    expect(answers.map(({ line }) => line)).toEqual([1, 2]);
  });

  it('shows events by curl, and by the EventSource of the page', async () => {
    const shell = await Shell.open();
    await shell.serve('npm start');
    const curl = shell.start(snippet(PAGE, 'sh', 'Events'));
    await curl.says('event: position');
    const shown: unknown[] = [];
    class Source extends EventSource {
      constructor(path: string) {
        super(new URL(path, shell.own('http://127.0.0.1:8080')));
        onTestFinished(() => this.close());
      }
    }
    const said = { log: (value: unknown) => shown.push(value) };
    runInNewContext(snippet(PAGE, 'js', 'Events'), { EventSource: Source, console: said });
    await shell.run(snippet(PAGE, 'sh', 'Putting'));
    await curl.says('"message":"hello"');
    await until('the publication', () => shown.length === 1);
    expect(shown).toMatchObject([{ channel: 'room1', offset: 1, message: 'hello' }]);
  });

  it('reads history by curl', async () => {
    const shell = await Shell.open();
    await shell.serve('npm start');
    await shell.run(snippet(PAGE, 'sh', 'Putting'));
    expect(await shell.run(snippet(PAGE, 'sh', 'History'))).toContain('"channel":"room1"');
  });
});
