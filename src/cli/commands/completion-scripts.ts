/** The shells that commands can be completed in. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/**
 * What a shell reads to complete command lines. Each asks `trailproof --complete` for candidates, and goes on with the names
 * of files where there are none.
 */
export const COMPLETION_SCRIPTS: { readonly [S in Shell]: string } = {
  // Without mapfile, which the bash of macOS lacks.
  bash: `# In ~/.bashrc: source <(trailproof completion bash)
_trailproof() {
  local word
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do COMPREPLY+=("$word"); done \\
    < <(trailproof --complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _trailproof trailproof
`,
  zsh: `#compdef trailproof
# In ~/.zshrc, after compinit: source <(trailproof completion zsh)
_trailproof() {
  local word about
  local -a found
  while IFS=$'\\t' read -r word about; do found+=("\${word//:/\\\\:}:$about"); done \\
    < <(trailproof --complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe trailproof found; else _files; fi
}
if [ "\${funcstack[1]}" = _trailproof ]; then _trailproof "$@"; else compdef _trailproof trailproof; fi
`,
  fish: `# trailproof completion fish > ~/.config/fish/completions/trailproof.fish
function __trailproof_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (trailproof --complete $words[2..-1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c trailproof -f -a '(__trailproof_complete)'
`,
};
