using System.Text;

namespace EnvoyExtAuthz.Engine.Tests;

public sealed class TraceParentTests
{
    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01", false)]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false)]
    [InlineData("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false)]
    [InlineData("00-canary-in-a-trace-id-is-no-trace-id-b7ad6b7169203331-01", false)]
    [InlineData("", false)]
    public void A_trace_id_is_taken_only_from_a_field_of_the_standards_form(string field, bool taken) =>
        Assert.Equal(taken, TraceParent.TryTraceId(Encoding.ASCII.GetBytes(field), out _));
}
