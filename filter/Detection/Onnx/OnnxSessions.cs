using Microsoft.ML.OnnxRuntime;

namespace EnvoyExtAuthz.Detection.Onnx;

/// <summary>Opens ONNX models as a sidecar should: one thread, no spinning, nothing on standard error.</summary>
internal static class OnnxSessions
{
    /// <summary>Opens a model.</summary>
    /// <exception cref="InvalidDataException">ONNX Runtime refuses it; the message says why.</exception>
    public static InferenceSession Open(byte[] model)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        // A thread that spins for work takes the one core a sidecar has.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        options.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        try
        {
            return new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new InvalidDataException("ONNX Runtime refuses the model: " + error.Message, error);
        }
    }
}
