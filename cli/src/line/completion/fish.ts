import type { Flag, Place } from './words.ts';

/** For `zerospan completion fish | source`, or as `completions/zerospan.fish`. */
export function fish(places: readonly Place[]): string {
  const lines = places.flatMap((place) => {
    const at = `complete -c zerospan -n ${quoted(conditionOf(place))}`;
    return [
      ...place.commands.map(({ text, about }) => `${at} -f -a ${text} -d ${quoted(about)}`),
      ...(place.choices.length > 0 ? [`${at} -f -a ${quoted(place.choices.join(' '))}`] : []),
      ...place.flags.map((flag) => `${at} ${flagOf(flag)}`),
    ];
  });
  return `# Completion of zerospan for fish: zerospan completion fish | source\n${lines.join('\n')}\n`;
}

/** Whether the cursor is behind this command, and behind none below it. */
function conditionOf({ path, commands }: Place): string {
  const seen = path.split(' ').filter((name) => name !== '');
  const below = commands.map(({ text }) => text).join(' ');
  return [
    ...seen.map((name) => `__fish_seen_subcommand_from ${name}`),
    ...(below === '' ? [] : [`not __fish_seen_subcommand_from ${below}`]),
  ].join('; and ');
}

function flagOf({ names, about, value }: Flag): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return [...flags, ...takenBy(value), '-d', quoted(about)].join(' ');
}

function takenBy(value: Flag['value']): string[] {
  switch (value) {
    case 'none':
      return ['-f'];
    case 'file':
      return ['-r', '-F'];
    case 'any':
      return ['-x'];
    default:
      return ['-x', '-a', quoted(value.join(' '))];
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
