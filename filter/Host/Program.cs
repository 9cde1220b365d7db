using System.CommandLine;
using EnvoyExtAuthz.Host.Commands;

var root = new RootCommand("EnvoyExtAuthz: a security filter that Envoy and Istio put in front of LLM pods and tool APIs.\nIt knows the caller by SPIFFE identity, checks tools against what that identity may use, and judges the text.")
{
    DemoCommand.Make(),
    ServeCommand.Make(),
    CheckCommand.Make(),
    ExplainCommand.Make(),
    AuditCommand.Make(),
    TrainCommand.Make(),
    CalibrateCommand.Make(),
    EvaluateCommand.Make(),
    CompletionCommand.Make(),
};
return await root.Parse(args).InvokeAsync();
