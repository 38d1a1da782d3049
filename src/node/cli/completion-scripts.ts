/** Shells that have a completion script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/**
 * What a shell runs once, so that it asks this program at each TAB. Words are passed as they are, never evaluated. Where
 * the program names nothing, the shell completes file names.
 */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_biomedclip_webgpu() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" completion bash --words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _biomedclip_webgpu biomedclip-webgpu
`,
  zsh: `#compdef biomedclip-webgpu
_biomedclip_webgpu() {
  local -a found
  found=("\${(@f)$("\${words[1]}" completion zsh --words -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then _describe biomedclip-webgpu found; else _files; fi
}
if [[ "\${funcstack[1]}" = _biomedclip_webgpu ]]; then _biomedclip_webgpu; else compdef _biomedclip_webgpu biomedclip-webgpu; fi
`,
  fish: `function __biomedclip_webgpu
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l found ($words[1] completion fish --words -- $words[2..] "$current" 2>/dev/null)
  if test -n "$found"; printf '%s\\n' $found; else; __fish_complete_path "$current"; end
end
complete -c biomedclip-webgpu -f -a '(__biomedclip_webgpu)'
`,
};

/** What completes a word. */
export interface Completion {
  readonly value: string;
  readonly description: string;
}

/** A line a completion, in the shell's own form. */
export function completionLine(shell: Shell, { value, description }: Completion): string {
  if (shell === 'bash') return value;
  if (shell === 'fish') return `${value}\t${description}`;
  return `${value.replaceAll(':', String.raw`\:`)}:${description}`;
}
