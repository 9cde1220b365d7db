using System.Runtime.InteropServices;

namespace EnvoyExtAuthz.Testing;

/// <summary>
/// The processor time of the calling thread: what tests compare that ask how work grows, because on a busy machine the time on the
/// wall says nothing.
/// </summary>
public static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Processor time that this thread has had.</summary>
    public static TimeSpan Now
    {
        get
        {
            if (clock_gettime(ThreadCpuTime, out Moment moment) != 0)
                throw new InvalidOperationException("The clock of the thread cannot be read.");
            return TimeSpan.FromSeconds(moment.Seconds) + TimeSpan.FromMicroseconds(moment.Nanoseconds / 1000.0);
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Moment(nint Seconds, nint Nanoseconds);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int clock_gettime(int clock, out Moment moment);
}
