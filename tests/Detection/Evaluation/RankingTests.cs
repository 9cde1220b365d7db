using EnvoyExtAuthz.Detection.Evaluation;

namespace EnvoyExtAuthz.Detection.Tests.Evaluation;

public sealed class RankingTests
{
    [Fact]
    public void The_threshold_lets_no_more_ordinary_text_through_than_allowed()
    {
        float[] ordinary = [.. Enumerable.Range(0, 1000).Select(i => i / 1000f)];
        Assert.Equal(0.01, Ranking.Share(ordinary, Ranking.Threshold(ordinary, 0.01)), 6);
        Assert.Equal(0, Ranking.Share(ordinary, Ranking.Threshold(ordinary, 0)));
        Assert.True(Ranking.Threshold(ordinary, 0.01) > 0.989f);
    }

    [Fact]
    public void Equal_scores_all_stay_under_the_threshold_rather_than_all_over_it()
    {
        float[] ordinary = [.. Enumerable.Repeat(0.5f, 100), 0.9f];
        Assert.Equal(1 / 101.0, Ranking.Share(ordinary, Ranking.Threshold(ordinary, 0.02)), 6);
    }

    [Fact]
    public void Area_under_the_curve_is_the_share_of_pairs_in_order()
    {
        Assert.Equal(1, Ranking.Auc([0.9f, 0.8f], [0.1f, 0.2f, 0.3f]));
        Assert.Equal(0, Ranking.Auc([0.1f], [0.2f, 0.3f]));
        Assert.Equal(0.5, Ranking.Auc([0.5f, 0.5f], [0.5f]));
        Assert.Equal(4 / 6.0, Ranking.Auc([0.35f, 0.8f], [0.1f, 0.4f, 0.7f]), 6);
    }

    [Fact]
    public void Without_a_class_there_is_no_figure()
    {
        Assert.True(double.IsNaN(Ranking.Auc([], [1f])));
        Assert.True(double.IsNaN(Ranking.Share([], 0.5f)));
        Assert.Equal(float.NegativeInfinity, Ranking.Threshold([], 0.01));
    }
}
