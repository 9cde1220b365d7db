using System.Collections.Concurrent;

namespace EnvoyExtAuthz.Testing;

/// <summary>
/// A thread that lives as long as the process. Envoy asks the kernel for SIGTERM when its parent dies (PR_SET_PDEATHSIG),
/// and the kernel means the thread that started it (prctl(2)): started from the thread pool, an Envoy ends as soon as the
/// pool retires that thread.
/// </summary>
internal static class LastingThread
{
    private static readonly BlockingCollection<Action> Work = Begin();

    /// <summary>Runs something on the thread and waits for its result.</summary>
    /// <param name="work">What to run; what it throws is thrown here.</param>
    public static T Run<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task.GetAwaiter().GetResult();
    }

    private static BlockingCollection<Action> Begin()
    {
        var work = new BlockingCollection<Action>();
        var thread = new Thread(() =>
        {
            foreach (Action one in work.GetConsumingEnumerable())
                one();
        })
        { IsBackground = true, Name = "starts programs" };
        thread.Start();
        return work;
    }
}
