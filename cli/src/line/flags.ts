import { SETTINGS, type Setting } from '@zerospan/server/settings';
import { type Command, Option } from 'commander';

/**
 * The headings of the help of `serve`, and what begins the path of each setting below one. The first that fits counts.
 */
const GROUPS: readonly (readonly [heading: string, paths: readonly string[]])[] = [
  ['Where it listens:', ['host', 'port', 'tls.', 'behindProxy']],
  ['Who may connect:', ['origins', 'insecure']],
  ['ZeroMQ with CURVE:', ['bus.curve', 'bus.sourceKeys']],
  ['ZeroMQ:', ['bus.']],
  ['Log:', ['log.']],
  ['NATS, for a log on JetStream:', ['nats.']],
  ['Tokens:', ['auth.']],
  [
    'Limits of connections:',
    [
      'limits.connections',
      'limits.handshakes',
      'limits.headers',
      'limits.body',
      'limits.hello',
      'limits.fragments',
      'limits.chunks',
    ],
  ],
  [
    'Limits of puts:',
    [
      'limits.put',
      'limits.payload',
      'limits.depth',
      'limits.confirms',
      'limits.channels',
      'limits.remembered',
    ],
  ],
  [
    'Limits of subscriptions:',
    ['limits.subscriptions', 'limits.filters', 'limits.sessionFilters', 'limits.replay'],
  ],
  ['Other limits:', ['limits.']],
];

/** Adds a flag for every setting: those that are true by default as `--no-…`, lists as a flag that may be repeated. */
export function addSettingFlags(command: Command): Command {
  for (const setting of SETTINGS) command.addOption(optionOf(setting).helpGroup(groupOf(setting.path)));
  return command;
}

/** Adds the flags of the settings whose paths begin so. */
export function addSomeSettingFlags(command: Command, ...beginnings: readonly string[]): Command {
  for (const setting of SETTINGS)
    if (beginnings.some((each) => setting.path.startsWith(each)))
      command.addOption(optionOf(setting).helpGroup(groupOf(setting.path)));
  return command;
}

/** The heading under which the help of `serve` shows a setting. */
export function groupOf(path: string): string {
  const found = GROUPS.find(([, paths]) => paths.some((each) => path.startsWith(each)));
  return found?.[0] ?? 'Other settings:';
}

/** What commander does with a flag that may be repeated. */
export function append(each: string, before: readonly string[]): string[] {
  return [...before, each];
}

/** The flags that were given, by the path of their setting. */
export function givenSettings(command: Command): Map<string, string | string[] | boolean> {
  const given = new Map<string, string | string[] | boolean>();
  for (const setting of SETTINGS) {
    const key = optionOf(setting).attributeName();
    // Commander sets a `--no-…` flag's opposite as a default.
    if (command.getOptionValueSource(key) === 'cli')
      given.set(setting.path, command.getOptionValue(key) as string);
  }
  return given;
}

function optionOf(setting: Setting): Option {
  const { flagName, kind, value, description, default: fallback } = setting;
  if (kind === 'boolean') {
    return fallback === true
      ? new Option(`--no-${flagName}`, `Turns this off: ${description}`)
      : new Option(`--${flagName}`, description);
  }
  const option = new Option(
    `--${flagName} <${value ?? 'value'}>`,
    `${description}${kind === 'list' ? ' Repeatable.' : ` Default: ${defaultText(setting)}.`}`,
  );
  return kind === 'list'
    ? option.argParser((each: string, before?: string[]) => [...(before ?? []), each])
    : option;
}

/** The default of `serve`, and of those that depend on another setting each. */
function defaultText({ default: ordinary, otherDefaults = [] }: Setting): string {
  const own = otherDefaults.find(({ when }) => when === 'serve')?.default ?? ordinary;
  const others = otherDefaults.flatMap(({ when, default: other }) =>
    when === 'serve' ? [] : [`with ${when.setting} ${when.is} ${String(other)}`],
  );
  return [own === '' ? 'none' : String(own), ...others].join('; ');
}
