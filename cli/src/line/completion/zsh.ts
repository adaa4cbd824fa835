import type { Place } from './words.ts';

/** For `source <(zerospan completion zsh)`, or as a file `_zerospan` in a folder of `fpath`. */
export function zsh(places: readonly Place[]): string {
  const known = places.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  return `#compdef zerospan
# Completion of zerospan for zsh: source <(zerospan completion zsh)
_zerospan() {
  local where='' i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    case "\${where:+$where }\${words[i]}" in
      (${known.join('|')}) where="\${where:+$where }\${words[i]}" ;;
    esac
  done
  case "$where:\${words[CURRENT - 1]}" in
${places.flatMap(valuesOf).join('\n')}
  esac
  case "$where" in
${places.map(wordsOf).join('\n')}
  esac
  _describe 'zerospan' found
}
if [ "\${funcstack[1]}" = _zerospan ]; then _zerospan "$@"; else compdef _zerospan zerospan; fi
`;
}

function valuesOf({ path, flags }: Place): string[] {
  return flags.flatMap(({ names, value }) => {
    if (value === 'none') return [];
    const after = names.map((name) => quoted(`${path}:${name}`)).join('|');
    if (value === 'file') return [`    (${after}) _files; return ;;`];
    if (value === 'any') return [`    (${after}) return ;;`];
    return [`    (${after}) found=(${value.map(quoted).join(' ')}); _describe 'value' found; return ;;`];
  });
}

function wordsOf({ path, commands, flags, choices }: Place): string {
  const all = [
    ...commands.map(({ text, about }) => described(text, about)),
    ...choices.map(quoted),
    ...flags.flatMap(({ names, about }) => names.map((name) => described(name, about))),
  ];
  return `    (${quoted(path)}) found=(${all.join(' ')}) ;;`;
}

/** A colon ends the word. */
function described(text: string, about: string): string {
  return quoted(`${text.replaceAll(':', '\\:')}:${about}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
