import type { Place } from './words.ts';

/** For `source <(zerospan completion bash)`. Names of commands and flags need no quotes. */
export function bash(places: readonly Place[]): string {
  const known = places.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  return `# Completion of zerospan for bash: source <(zerospan completion bash)
_zerospan() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" path='' words='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${path:+$path }\${COMP_WORDS[i]}" in
      ${known.join(' | ')}) path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path:$before" in
${places.flatMap(valuesOf).join('\n')}
  esac
  case "$path" in
${places.map(wordsOf).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _zerospan zerospan
`;
}

function valuesOf({ path, flags }: Place): string[] {
  return flags.flatMap(({ names, value }) => {
    if (value === 'none') return [];
    const after = names.map((name) => `'${path}:${name}'`).join(' | ');
    // Nothing of ours: with files bash completes by itself.
    if (value === 'file' || value === 'any') return [`    ${after}) return ;;`];
    return [`    ${after}) COMPREPLY=($(compgen -W '${value.join(' ')}' -- "$current")); return ;;`];
  });
}

function wordsOf({ path, commands, flags, choices }: Place): string {
  const words = [...commands.map(({ text }) => text), ...choices, ...flags.flatMap(({ names }) => names)];
  return `    '${path}') words='${words.join(' ')}' ;;`;
}
