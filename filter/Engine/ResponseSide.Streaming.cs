namespace EnvoyExtAuthz.Engine;

/// <content>Responses that are streams: pieces in, what is settled out, and their ends.</content>
internal sealed partial class ResponseSide
{
    /// <summary>How long a refused stream may go on at its origin before it ends without trailers.</summary>
    private static readonly TimeSpan TrailersTime = TimeSpan.FromSeconds(1);

    private void OnStreamPiece(ReadOnlyMemory<byte> piece, bool end)
    {
        byte[] released = _stream!.Push(piece, out Judgement judgement);
        bool trailersFollow = !end && Delivery == BodyDelivery.Duplex;
        if (!judgement.IsRefused && (end || Delivery == BodyDelivery.Whole))
        {
            byte[] rest = _stream.Finish(out judgement);
            released = released.Length == 0 ? rest : [.. released, .. rest];
            end = end && !judgement.IsRefused;
            if (!judgement.IsRefused)
            {
                Release(released, end, replaces: true);
                EndStream(judgement);
                return;
            }
        }
        if (!judgement.IsRefused)
        {
            context.WaitAtMost(context.Services.Limits.StreamIdleTime);
            if (released.Length > 0 || Delivery == BodyDelivery.Pieces)
                Release(released, end: false, replaces: true);
            return;
        }
        if (Delivery == BodyDelivery.Whole)
        {
            Refuse(judgement);
            return;
        }
        _refusalTrailers = _stream.RefusalTrailers;
        bool awaits = trailersFollow && _refusalTrailers.Count > 0;
        if (!awaits || released.Length > 0)
            Release(released, end: !awaits && (Delivery == BodyDelivery.Duplex || end), replaces: true);
        EndStream(judgement);
        if (!awaits)
            return;
        State = ResponseState.AwaitingTrailers;
        context.WaitAtMost(TrailersTime);
    }

    private void EndWithoutTrailers()
    {
        State = ResponseState.Over;
        context.Deadline = 0;
        Release(default, end: true, replaces: true);
    }

    private void EndStream(in Judgement judgement)
    {
        context.Deadline = 0;
        State = ResponseState.Over;
        if (judgement.IsRefused)
            Record(Outcome.Refused, judgement);
        else
            Record(_stream!.Edited ? Outcome.Edited : Outcome.Allowed);
        _stream!.Dispose();
        _stream = null;
    }
}
