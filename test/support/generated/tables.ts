import { CLOSE, FAILURES, PROTOCOL_CODES, shouldReconnect } from '@zerospan/shared';
import { groupOf } from '../../../cli/src/line/flags.ts';
import { SECURITY_EVENTS } from '../../../server/src/security-events.ts';
import { SETTINGS, type Setting } from '../../../server/src/settings/settings.ts';
import { REFUSALS } from '../../../server/src/web/entry/refusals.ts';
import { PROBLEMS } from '../../../server/src/web/http/api/problems.ts';
import type { Problem } from '../../../server/src/web/http/problem.ts';
import { sections, table } from './regions.ts';

/** One table for each heading that the help of `serve` has, in its order. */
export function settingsTables(): string {
  return sections(
    SETTINGS,
    ({ path }) => groupOf(path).replace(/:$/, ''),
    (group) => table(['setting, flag, variable', 'default', 'value', 'meaning'], group.map(settingRow)),
  );
}

function settingRow(setting: Setting): string[] {
  const { path, flagName, env, kind, default: fallback, expects, description } = setting;
  const flag = `--${kind === 'boolean' && fallback === true ? 'no-' : ''}${flagName}`;
  return [
    [path, flag, env].map(code).join('<br>'),
    defaultCell(setting),
    grouped(expects),
    marked(grouped(description)),
  ];
}

function defaultCell({ default: ordinary, otherDefaults = [] }: Setting): string {
  const isNone = ordinary === '' || (Array.isArray(ordinary) && ordinary.length === 0);
  const others = otherDefaults.map(({ when, default: other }) => {
    const where = when === 'serve' ? code('zerospan serve') : `${code(when.setting)} ${code(when.is)}`;
    return `with ${where}: ${code(String(other))}`;
  });
  return [isNone ? 'none' : code(String(ordinary)), ...others].join('<br>');
}

export function refusalsTable(): string {
  return httpTable(Object.values(REFUSALS));
}

export function problemsTable(): string {
  return httpTable(Object.values(PROBLEMS).toSorted((a, b) => a.status - b.status));
}

function httpTable(problems: readonly Problem[]): string {
  return table(
    ['status', 'code', 'what happened', 'remedy'],
    problems.map(({ status, code: name, reason, remedy, retryAfterS }) => [
      String(status),
      code(name),
      reason,
      remedy + (retryAfterS === undefined ? '' : ` \`Retry-After: ${retryAfterS}\`.`),
    ]),
  );
}

export function eventsTable(): string {
  return table(
    ['event', 'what happened'],
    Object.entries(SECURITY_EVENTS).map(([event, text]) => [code(event), text]),
  );
}

export function failuresTable(): string {
  return table(
    ['code', 'retry', 'meaning', 'remedy'],
    Object.entries(FAILURES).map(([name, { retry, meaning, remedy }]) => [
      code(name),
      retry ? 'yes' : 'no',
      meaning,
      remedy,
    ]),
  );
}

export function codesTable(): string {
  return table(
    ['code', 'said by', 'retry', 'meaning', 'what to do'],
    Object.entries(PROTOCOL_CODES).map(([name, { said, retry, meaning, remedy }]) => [
      code(name),
      code(said),
      retry ? 'yes' : 'no',
      meaning,
      remedy,
    ]),
  );
}

export function closesTable(): string {
  return table(
    ['close code', 'name', 'meaning', 'reaction'],
    Object.entries(CLOSE).map(([name, { code: number, meaning }]) => [
      String(number),
      code(name),
      meaning,
      shouldReconnect(number) ? 'reconnect' : 'do not reconnect',
    ]),
  );
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A text of the help with the names of settings as code, as a document has them. */
export function marked(text: string): string {
  return text.replaceAll(/(?<![\w.`])(?:bus|log|auth|limits)\.[a-zA-Z]+/g, code);
}

/** Numbers of five digits and more with commas. */
function grouped(text: string): string {
  return text.replaceAll(/(?<![\w.:/-])\d{5,}(?![\w.])/g, (digits) => Number(digits).toLocaleString('en'));
}
