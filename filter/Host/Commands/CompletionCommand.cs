using System.CommandLine;

namespace EnvoyExtAuthz.Host.Commands;

/// <summary><c>completion</c>: shell scripts that ask the binary itself what could follow.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # envoy-extauthz: completion for bash. Load with: source <(envoy-extauthz completion bash)
        _envoy_extauthz() {
          local line=${COMP_LINE#* } ; local at=$((COMP_POINT - ${#COMP_WORDS[0]} - 1))
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$at]" "$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -F _envoy_extauthz envoy-extauthz
        """;

    private const string Zsh = """
        #compdef envoy-extauthz
        # envoy-extauthz: completion for zsh. Load with: source <(envoy-extauthz completion zsh)
        _envoy_extauthz() {
          local line=${BUFFER#* }
          local -a words_found=("${(@f)$(${words[1]} "[suggest:$((CURSOR - ${#words[1]} - 1))]" "$line" 2>/dev/null)}")
          compadd -a words_found
        }
        compdef _envoy_extauthz envoy-extauthz
        """;

    public static Command Make()
    {
        var shell = new Argument<string>("shell") { Description = "bash or zsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh");
        var command = new Command("completion", "Print a completion script: source <(envoy-extauthz completion bash)") { shell };
        command.SetAction(parsed => Console.WriteLine(parsed.GetValue(shell) == "bash" ? Bash : Zsh));
        return command;
    }
}
