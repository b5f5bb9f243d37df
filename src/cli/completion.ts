/** Shell completion, made of the tree of commands. */
import type { Command } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export const isShell = (text: string): text is Shell => shells.some((shell) => shell === text);

/** The script that a person sources: `source <(skein completion bash)`. */
export function completionScript(program: Command, shell: Shell): string {
  const words = new Map<string, readonly string[]>();
  collectWords(program, [], words);
  switch (shell) {
    case 'bash':
      return bash(words);
    case 'zsh':
      // zsh runs bash completions as they are.
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(words)}`;
    case 'fish':
      return fish(program, [], []).join('\n').concat('\n');
  }
}

/** `dag show` -> the words that may come next. */
function collectWords(
  command: Command,
  path: readonly string[],
  into: Map<string, readonly string[]>,
): void {
  const names = command.commands.map((child) => child.name());
  const flags = command.options.flatMap(({ long }) => (long === undefined ? [] : [long]));
  into.set(path.join(' '), [...names, ...flags, '--help']);
  for (const child of command.commands) collectWords(child, [...path, child.name()], into);
}

function bash(words: ReadonlyMap<string, readonly string[]>): string {
  const cases = [...words].map(([path, next]) => `    "${path}") words="${next.join(' ')}" ;;`);
  return `_skein() {
  local path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  while :; do
    case "$path" in
${cases.join('\n')}
    esac
    [ -n "$words" ] && break
    # Arguments are no commands: look at what stands before them.
    case "$path" in *" "*) path="\${path% *}" ;; *) path="" ;; esac
  done
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _skein skein
`;
}

function fish(command: Command, path: readonly string[], lines: string[]): string[] {
  const names = command.commands.map((child) => child.name());
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const unseen = names.length === 0 ? [] : [`not __fish_seen_subcommand_from ${names.join(' ')}`];
  const condition = [...seen, ...unseen].join('; and ') || 'true';
  const quote = (text: string): string => `'${text.replace(/'/g, "\\'")}'`;
  for (const child of command.commands) {
    const about = quote(child.description());
    lines.push(`complete -c skein -f -n ${quote(condition)} -a ${child.name()} -d ${about}`);
  }
  for (const { long, description } of command.options) {
    if (long === undefined) continue;
    const where = quote(seen.join('; and ') || 'true');
    lines.push(`complete -c skein -n ${where} -l ${long.slice(2)} -d ${quote(description)}`);
  }
  for (const child of command.commands) fish(child, [...path, child.name()], lines);
  return lines;
}
