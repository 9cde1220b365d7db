namespace EnvoyExtAuthz.Tests.Detection.Recognition;

/// <summary>Secrets as people paste them. All values are made up or printed by their issuers as examples.</summary>
public class SecretTests
{
    private const string Jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiIsIm5hbWUiOiJBbm5hIn0.q3pD0rJ8xk2Vt1sWzL6nYb5mQe7uHc9aGf4iKoP0RtA";

    [Theory]
    [InlineData("github-token", "ghp_16C7e42F292c6912E7710c838347Ae178B4a")]
    [InlineData("github-token", "gho_16C7e42F292c6912E7710c838347Ae178B4a")]
    [InlineData("github-token", "ghu_16C7e42F292c6912E7710c838347Ae178B4a")]
    [InlineData("github-token", "ghs_16C7e42F292c6912E7710c838347Ae178B4a")]
    [InlineData("github-token", "ghr_16C7e42F292c6912E7710c838347Ae178B4a")]
    [InlineData("github-token", "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")]
    [InlineData("gitlab-token", "glpat-8d5ri2n9g85LAnC9YW85")]
    [InlineData("gitlab-token", "glpat-8d5ri2n9g85LAnC9YW85.01.cgpAsnEmP")]
    [InlineData("slack-token", "xoxb-391809548274-4236212766789-i8EoyACELx2FYnSOkRPEpePN")]
    [InlineData("stripe-key", "sk_live_51Hq8dKJ2eZvKYlo2CxT9pWbN")]
    [InlineData("openai-key", "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")]
    [InlineData("openai-key", "sk-proj-qa25MV9c7Qu0EjDIEWdcT3BlbkFJ83uCF0K4yw7RzpY39bio")]
    [InlineData("anthropic-key", "sk-ant-api03-gigCtxD_mMUnJuUOwVtpBmPFdG0-ybrcBb1EcgpJblpcwh7tpFu-DIChOfbCnT7NgKcobiQ5aQA1oxlu3aJ-HgvUeZoSew")]
    [InlineData("google-api-key", "AIzaGiReoG-Cr0ckleCr0ckle12315618_12315")]
    [InlineData("google-oauth-secret", "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")]
    [InlineData("npm-token", "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")]
    [InlineData("pypi-token", "pypi-AgEIcHlwaS5vcmcCJDg5MTllXWJjLTRhODAtNDBhYi01Y2Y4LThjNjcxZTg3MsRjOAACKlszLCJl")]
    [InlineData("sendgrid-key", "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")]
    [InlineData("twilio-key", "SK4d2f64e2a108cd72f648b1984c3b5a13")]
    [InlineData("telegram-bot-token", "508627689:AAEuLPKs-EhrjrYGnz60bnYNZqakf6HJxc0")]
    [InlineData("huggingface-token", "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")]
    [InlineData("digitalocean-token", "dop_v1_425522a565f532bc6532d453422e50334a42f5242a3090fbe553b543b124259b")]
    [InlineData("aws-access-key-id", "AKIAGIREOGIAWSKEY123")]
    [InlineData("jwt", Jwt)]
    public void A_secret_is_found_wherever_it_stands(string kind, string value)
    {
        foreach ((string before, string after) in new[]
        {
            ("", ""), ("the key is ", ", keep it"), ("KEY=", "\n"), ("\"", "\""), ("(", ")"), ("see ", "."), ("键是", "。"), ("\\n", "\\n"), ("https://x.example/?k%3D", "&z=1"),
        })
        {
            Assert.Equal([$"secret.{kind}={value}"], Recognised.In(before + value + after));
        }
        Assert.Empty(Recognised.In($"a{value[..(value.Length / 3)]}"));
    }

    [Theory]
    [InlineData("https://hooks.slack.com/services/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g", "slack-webhook=T1029384756/B102984756/sjsbfzow3hqbsgftr8vajxzpg")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=lJzRc1YdHaAA2KCNJJ1tkYwF+Mkh6ngYkPuOhbbfZnbSnCMXpKzdIbCW3LLMf1Vn6nMnOkmeB7mBhRwrrgAjVQ==;EndpointSuffix=x",
        "azure-storage-key=lJzRc1YdHaAA2KCNJJ1tkYwF+Mkh6ngYkPuOhbbfZnbSnCMXpKzdIbCW3LLMf1Vn6nMnOkmeB7mBhRwrrgAjVQ==")]
    [InlineData("AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
        "azure-storage-key=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw== (example)")]
    [InlineData("aws_secret_access_key = RMkMm8niUJ1iuhAA+AAyugy3fFt/rtrf7GFQ9xz1", "aws-secret-access-key=RMkMm8niUJ1iuhAA+AAyugy3fFt/rtrf7GFQ9xz1")]
    [InlineData("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "aws-secret-access-key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY (example)")]
    [InlineData("postgres://app:s3cr3tPW@db.internal:5432/x", "connection-password=s3cr3tPW")]
    [InlineData("mongodb+srv://u:p@ss.w0rd@cluster0.mongodb.net/?retryWrites=true", "connection-password=p@ss.w0rd")]
    [InlineData("redis://:Zk39dkq@cache:6379", "connection-password=Zk39dkq")]
    [InlineData("curl -H 'Authorization: Bearer 7f3KdP0qLxV2mTz9RwYb4NcJ8sHg'", "bearer-token=7f3KdP0qLxV2mTz9RwYb4NcJ8sHg")]
    [InlineData("Authorization: Basic YW5uYTpodW50ZXIy", "basic-credentials=YW5uYTpodW50ZXIy")]
    [InlineData("api_key = \"9f8Kd72LmQpX0vBn4RtY6wZa\"", "assigned-secret=9f8Kd72LmQpX0vBn4RtY6wZa")]
    [InlineData("{\"apiKey\":\"a25a4ac62a074cd52c668c6b9937cf40\"}", "assigned-secret=a25a4ac62a074cd52c668c6b9937cf40")]
    [InlineData("{\\\"client_secret\\\": \\\"qpF8QxPCM5MhMoyTFc5TYEomnzRUKim9\\\"}", "assigned-secret=qpF8QxPCM5MhMoyTFc5TYEomnzRUKim9")]
    [InlineData("export TOKEN=eZs2fjkjD8hUcsQ37b8zHigQ", "assigned-secret=eZs2fjkjD8hUcsQ37b8zHigQ")]
    [InlineData("password: hunter2", "assigned-password=hunter2")]
    [InlineData("mysql -u root --password Sne3sd8AZjq -h db", "assigned-password=Sne3sd8AZjq")]
    [InlineData("CREATE USER a IDENTIFIED BY 'SqLpa5sW0rD';", "assigned-password=SqLpa5sW0rD")]
    [InlineData("ID:master,PW:dipPr10Gg!", "assigned-password=dipPr10Gg")]
    [InlineData("**Password** : `S3rv1ce!Pass`", "assigned-password=S3rv1ce!Pass")]
    [InlineData("config['api_key'] = '9f8Kd72LmQpX0vBn4RtY6wZa'", "assigned-secret=9f8Kd72LmQpX0vBn4RtY6wZa")]
    [InlineData("DB_PASSWORD='S3rv1ce!Pass'", "assigned-password=S3rv1ce!Pass")]
    [InlineData("my password is Tr0ub4dor&3.", "assigned-password=Tr0ub4dor&3")]
    [InlineData("密码：Qw3rty!9z", "assigned-password=Qw3rty!9z")]
    public void A_value_is_found_alone_and_its_name_stays(string text, string expected) => Assert.Equal([$"secret.{expected}"], Recognised.In(text));

    [Fact]
    public void A_token_with_a_right_checksum_is_certain_and_one_without_is_still_found()
    {
        Assert.Equal(1, Score("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"));
        Assert.InRange(Score("ghp_16C7e42F292c6912E7710c838347Ae178B4a"), 0.5f, 0.99f);
    }

    [Fact]
    public void A_private_key_is_found_whole_plain_escaped_and_cut_off()
    {
        string body = string.Join('\n', Enumerable.Range(0, 6).Select(i => Convert.ToBase64String(System.Security.Cryptography.SHA384.HashData([(byte)i]))));
        foreach (string label in new[] { "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY" })
        {
            string key = $"-----BEGIN {label}-----\n{body}\n-----END {label}-----";
            Assert.Equal([$"secret.private-key={key}"], Recognised.In($"here:\n{key}\nthanks"));
            string escaped = key.Replace("\n", "\\n", StringComparison.Ordinal);
            Assert.Equal([$"secret.private-key={escaped}"], Recognised.In($"{{\"private_key\": \"{escaped}\\n\", \"x\": 1}}"));
            string cut = key[..^40];
            Assert.StartsWith($"secret.private-key={cut[..200]}", Assert.Single(Recognised.In(cut)), StringComparison.Ordinal);
        }
        string legacy = $"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF\n\n{body}\n-----END RSA PRIVATE KEY-----";
        Assert.Equal([$"secret.private-key={legacy}"], Recognised.In(legacy));
    }

    private static float Score(string text) => Assert.Single(Recognised.Findings(System.Text.Encoding.UTF8.GetBytes(text))).Score;
}
