// What people get wrong: each mistake ends with its exit code, and says where it is.
#include <array>
#include <filesystem>
#include <fstream>
#include <regex>

#include "ops/verb_table.h"
#include "tests/folders.h"
#include "tests/ops/program.h"

namespace gwageo::testing {
namespace {

class RefusalOfProgram : public ProgramTest {
 protected:
  std::string text(const std::string& name) const {
    std::ifstream in(path(name));
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  std::string suite_text(const std::string& name) {
    write_suite(name, 3);
    return text(name + "/suite.yaml");
  }
};

TEST_F(RefusalOfProgram, SuiteFilesAreCheckedWithoutACoordinator) {
  suite_text("s");
  done({"suite", "check", "s/suite.yaml"});
  expect({"suite", "check", "gone.yaml"}, 2, {"gone.yaml", "no such file"});
  write("bad/malformed.yaml", "suite: x\nversion: 1\n  axes: [\n");
  expect({"suite", "check", "bad/malformed.yaml"}, 2, {"bad/malformed.yaml:3:", "malformed YAML"});
  write("s/unknown.yaml", "colour: red\n" + suite_text("s"));
  expect({"suite", "check", "s/unknown.yaml"}, 2, {"s/unknown.yaml:1:1", "'colour'"});
  write("s/sums.jsonl",
        "{\"id\":1,\"question\":\"1\",\"answer\":\"1\"}\n"
        "{\"id\":1,\"question\":\"2\",\"answer\":\"2\"}\n");
  expect({"suite", "check", "s/suite.yaml"}, 2, {"s/sums.jsonl:2", "same item id"});
  write("s/sums.jsonl", "{\"id\":1,\"question\":\"\xff\",\"answer\":\"1\"}\n");
  expect({"suite", "check", "s/suite.yaml"}, 2, {"s/sums.jsonl:1", "not UTF-8"});
  write("s/sums.jsonl", "{\"id\":1,\"question\":\"1\"}\n");
  expect({"suite", "check", "s/suite.yaml"}, 2, {"s/sums.jsonl:1"});
}

TEST_F(RefusalOfProgram, DataFilesMayLieElsewhere) {
  std::string text = suite_text("s");
  write("s/suite.yaml", text.replace(text.find("sums.jsonl"), 10, "data/x/sums.jsonl"));
  expect({"suite", "check", "s/suite.yaml"}, 2,
         {"s/suite.yaml:", "data/x/sums.jsonl: no such file", "--data-files DIR", "x/sums.jsonl"});
  expect({"suite", "check", "s/suite.yaml", "--data-files", "kept"}, 2,
         {"no such file as kept/x/sums.jsonl", "--data-files"});
  std::filesystem::create_directories(path("kept/x"));
  std::filesystem::rename(path("s/sums.jsonl"), path("kept/x/sums.jsonl"));
  const Json elsewhere =
      done({"suite", "check", "s/suite.yaml", "--data-files", "kept", "--json"}).json();
  EXPECT_EQ(elsewhere.find("items")->as_integer(), 3);
  std::filesystem::create_directories(path("s/data"));
  std::filesystem::copy(path("kept/x"), path("s/data/x"));
  const Json beside = done({"suite", "check", "s/suite.yaml", "--json"}).json();
  EXPECT_EQ(beside.dump(), elsewhere.dump());
  write("kept/x/sums.jsonl", "{\"id\":1,\"question\":\"1\"}\n");
  expect({"suite", "check", "s/suite.yaml", "--data-files", "kept/"}, 2, {"kept/x/sums.jsonl:1"});
  done({"suite", "check", "s/suite.yaml"});
}

TEST_F(RefusalOfProgram, TaskFilesNameTheLineAtFault) {
  const std::string good = suite_text("s");
  const auto with = [&](const std::string& old, const std::string& now) {
    std::string text = good;
    write("s/suite.yaml", text.replace(text.find(old), old.size(), now));
  };
  with("max_gen_toks: 16", "do_sample: true");
  expect({"suite", "check", "s/suite.yaml"}, 2,
         {"s/suite.yaml:11:", "generation_kwargs.do_sample", "give 'temperature' too"});
  with("metric: exact_match", "metric: exact_mach");
  expect({"suite", "check", "s/suite.yaml"}, 2,
         {"s/suite.yaml:12:", "metric_list[0].metric", "did you mean 'exact_match'?"});
  with("metric_list:",
       "filter_list: [{filter: [{function: regex, regex_pattern: '(a'}]}]\n    metric_list:");
  expect({"suite", "check", "s/suite.yaml"}, 2,
         {"s/suite.yaml:12:", "filter_list[0].filter[0].regex_pattern"});
  with("{{question}}", "{{question|urlize}}");
  expect({"suite", "check", "s/suite.yaml"}, 2,
         {"s/suite.yaml:9:", "the filter 'urlize'", "outside the subset"});
}

TEST_F(RefusalOfProgram, ErrorsAreJsonWhereJsonIsWanted) {
  const Ran ran = run({"suite", "check", "gone.yaml", "--json"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.json().find("error"), nullptr);
  EXPECT_NE(ran.err.find("gone.yaml"), std::string::npos);
}

TEST_F(RefusalOfProgram, UsageIsExplained) {
  expect({"frobnicate"}, 2, {"no verb \"frobnicate\""});
  expect({"suite"}, 2, {"check, add, list, show"});
  expect({"status", "--frob"}, 2, {"--frob", "see gwageo status --help"});
  expect({"suite", "list", "--frob"}, 2, {"--frob", "see gwageo suite list --help"});
  expect({"simulate", "--policy", ""}, 2, {"--policy is empty", "see gwageo simulate --help"});
  expect({"results"}, 2, {"JOB"});
  expect({"up", "--workers", "many"}, 2, {"--workers", "whole number"});
  EXPECT_NE(done({}).out.find("First steps"), std::string::npos);
  EXPECT_NE(done({"--help"}).out.find("First steps"), std::string::npos);
  const std::string help = done({"submit", "--help"}).out;
  EXPECT_NE(help.find("Example:"), std::string::npos);
  EXPECT_NE(help.find("Exit codes:"), std::string::npos);
}

TEST_F(RefusalOfProgram, HelpListsEveryVerb) {
  const std::string& text = overview();
  const std::string list = text.substr(text.find("Daemons:"));
  for (const Verb& verb : verb_table()) {
    EXPECT_TRUE(std::regex_search(
        list, std::regex("\\b" + verb.name.substr(verb.name.rfind(' ') + 1) + "\\b")))
        << verb.name;
  }
}

TEST_F(RefusalOfProgram, HelpShowsWhatIsNeededAndWhatIsLookedAt) {
  const auto usage = [&](const std::vector<std::string>& verb) {
    std::vector<std::string> words = verb;
    words.push_back("--help");
    const std::string text = done(words).out;
    return text.substr(0, text.find('\n'));
  };
  EXPECT_EQ(usage({"submit"}).find("gwageo submit --model NAME --suite SUITE [--team TEAM]"), 0U);
  EXPECT_EQ(usage({"export"}), "gwageo export WHAT --out FILE [--force]");
  EXPECT_EQ(usage({"worker"}).find("gwageo worker --coordinator ADDR --key FILE [--slots N]"), 0U);
  EXPECT_NE(
      usage({"model", "add"}).find(" --role ROLE [--team TEAM] --released DATE --engine KIND"),
      std::string::npos);
  EXPECT_EQ(done({"worker", "--help"}).out.find("operator key"), std::string::npos);
  EXPECT_EQ(done({"version", "--help"}).out.find("--coordinator"), std::string::npos);
  EXPECT_EQ(done({"up", "--help"}).out.find("--key"), std::string::npos);
  EXPECT_NE(done({"status", "--help"}).out.find("operator key"), std::string::npos);
  // Their verbs say what is missing, in words.
  expect({"submit", "--model", "m"}, 2, {"submit needs --suite SUITE"});
  expect({"export", "1"}, 2, {"export needs --out FILE"});
  expect({"model", "add", "m", "--role", "candidate"}, 2, {"needs --released YYYY-MM-DD"});
  // An option that stands everywhere may come before the verb, also where it is the verb's own.
  const std::vector<std::string> words = {"worker", "--coordinator", "127.0.0.1:1", "--key",
                                          "gone"};
  expect(words, 2, {"key file gone"});
  expect({"--key", "gone", "worker", "--coordinator", "127.0.0.1:1"}, 2, {"key file gone"});
}

TEST_F(RefusalOfProgram, NobodyThereIsThree) {
  expect({"status"}, 3, {"no coordinator is running"});
  const pid_t pool = up("gwageo-data", 0);
  const std::string key = path("gwageo-data/keys/operator.key");
  stop(pool);
  expect({"status", "--coordinator", "127.0.0.1:1", "--key", key}, 3,
         {"the coordinator at 127.0.0.1:1 cannot be reached"});
}

TEST_F(RefusalOfProgram, AJournalKeepsWhatItWasFoundedWith) {
  const std::vector<std::string> words = {"coordinator", "--data", "gwageo-data", "--zone"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), words.begin(), words.end());
    return more;
  };
  expect(with({"Mars/Base"}), 2, {"--zone", "Mars/Base", "for instance Asia/Seoul"});
  expect(with({"UTC", "--origin", "two words"}), 2, {"--origin", "\"two words\""});
  stop(up("gwageo-data", 0));
  expect(with({"UTC"}), 2, {"--zone", "founded with \"Asia/Seoul\""});
  expect(with({"Asia/Seoul", "--origin", "other"}), 2, {"--origin", "founded with \"gwageo\""});
  stop(up("gwageo-data", 0));
}

TEST_F(RefusalOfProgram, ModelsAreLoadedBeforeTheyAreRegistered) {
  up("gwageo-data", 0);
  const auto add = [](std::vector<std::string> more) {
    std::vector<std::string> words = {"model", "add", "m", "--role", "candidate"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  expect(add({"--engine", "paced"}), 2, {"--released"});
  expect(add({"--engine", "paced", "--released", "2026-02-29"}), 2, {"2026-02-29", "no date"});
  expect(add({"--engine", "warp", "--released", "2026-02-01"}), 2, {"\"warp\"", "builtin"});
  expect(add({"--engine", "paced", "--released", "2026-02-01", "--option", "speed=3"}), 2,
         {"\"speed\""});
  const auto behind = [&](const std::string& url, const std::string& option) {
    return add(
        {"--engine", "openai", "--released", "2026-02-01", "--url", url, "--option", option});
  };
  expect(add({"--engine", "openai", "--released", "2026-02-01"}), 2, {"--url", "http://"});
  expect(behind("http://127.0.0.1:1/v1", "retries=0"), 2, {"model=NAME"});
  expect(behind("http://a:b@127.0.0.1:1/v1", "model=m"), 2, {"token_file"});
  expect(behind("http://127.0.0.1:1/v1", "model=m"), 2, {"no server answers", "probe=later"});
  expect(add({"--engine", "builtin", "--released", "2026-02-01", "--path", "nowhere"}), 2,
         {"nowhere"});

  namespace fs = std::filesystem;
  fs::copy(folders::source() / "benchmarks/models/gaon-1", path("model"));
  fs::resize_file(path("model/model.safetensors"), 100000);
  expect(add({"--engine", "builtin", "--released", "2026-02-01", "--path", "model"}), 2,
         {"model.safetensors", "tensor"});
  write("outputs.jsonl",
        "{\"task\":\"a\",\"item\":\"1\",\"text\":\"x\"}\n"
        "{\"task\":\"a\",\"item\":\"1\",\"text\":\"y\"}\n");
  expect(add({"--engine", "recorded", "--released", "2026-02-01", "--outputs", "outputs.jsonl"}), 2,
         {"outputs.jsonl", "lines 1 and 2"});
  write("outputs.jsonl", "\n");
  expect(add({"--engine", "recorded", "--released", "2026-02-01", "--outputs", "outputs.jsonl"}), 2,
         {"outputs.jsonl", "no recorded output"});
  EXPECT_EQ(done({"model", "list", "--json"}).json(), *Json::parse("{\"models\":[]}"));
}

TEST_F(RefusalOfProgram, WeightsHaveToBeNumbersOfTheTypeThatTheConfigNames) {
  up("gwageo-data", 0);
  const std::vector<std::string> add = {"model",      "add",      "m",       "--role",
                                        "candidate",  "--engine", "builtin", "--released",
                                        "2026-02-01", "--path",   "model"};
  std::filesystem::copy(folders::source() / "benchmarks/models/gaon-1", path("model"));
  const auto read = [&](const std::string& name) {
    std::ifstream in(path(name), std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(in), {}};
  };
  const std::string weights = read("model/model.safetensors");
  const std::string config = read("model/config.json");
  std::string damaged = weights;
  damaged.replace(damaged.size() - 2, 2, "\xc0\x7f");  // A NaN.
  write("model/model.safetensors", damaged);
  expect(add, 2, {"model.safetensors: tensor", "at index [", "is no number"});
  write("model/model.safetensors", weights);
  std::string other = config;
  write("model/config.json", other.replace(other.find("bfloat16"), 8, "float32"));
  expect(add, 2, {"config.json: torch_dtype says F32", "is BF16"});
  EXPECT_EQ(done({"model", "list", "--json"}).json(), *Json::parse("{\"models\":[]}"));
}

TEST_F(RefusalOfProgram, ATargetNamesWhatIsThere) {
  up("gwageo-data", 0);
  write_suite("s", 3);
  const std::vector<std::string> add = {"target", "add", "t.yaml"};
  const std::string suite = "target: t\nsuite: s\n";
  write("t.yaml", suite);
  expect(add, 2, {"t.yaml:2:8: key 'suite': there is no suite s", "gwageo suite add"});
  done({"suite", "add", "s/suite.yaml"});
  write("t.yaml", "target: t\nsuite: s@2\n");
  expect(add, 2, {"t.yaml:2:8: key 'suite': there is no suite s@2"});
  add_paced("here", "candidate", "2026-02-01", "1");
  add_paced("bar", "reference", "2026-02-01", "1");
  write("t.yaml", suite + "candidates: [here, gone]\n");
  expect(add, 2, {"t.yaml:3:20: key 'candidates[1]': no model is named gone", "gwageo model add"});
  write("t.yaml", suite + "candidates: [bar]\n");
  expect(add, 2, {"t.yaml:3:14: key 'candidates[0]': model bar is a reference"});
  write("t.yaml", suite + "compare: {model: gone}\n");
  expect(add, 2, {"t.yaml:3:18: key 'compare.model': no model is named gone"});
  write("t.yaml", suite + "compare: {model: here}\n");
  expect(add, 2, {"t.yaml:3:18: key 'compare.model': model here is a candidate"});
  write("t.yaml", suite + "gates: {safe: {axis: safety, floor: 0.8}}\n");
  expect(add, 2,
         {"t.yaml:3:22: key 'gates.safe.axis': suite s@1 has no axis safety; it has reasoning"});
  write("t.yaml", suite + "axes: {korean: {weight: 2}}\n");
  expect(add, 2,
         {"t.yaml:3:16: key 'axes.korean': suite s@1 has no axis korean; it has reasoning"});
  write("t.yaml", suite + "composition: {a: {points: 100, axis: korean}}\n");
  expect(add, 2, {"key 'composition.a.axis': suite s@1 has no axis korean; it has reasoning"});
  write("t.yaml", suite + "composition: {a: {points: 60, axis: reasoning}}\n");
  expect(add, 2, {"key 'composition': the parts sum to 60, and the whole has 100 points"});
  EXPECT_EQ(done({"target", "list", "--json"}).json(), *Json::parse("{\"targets\":[]}"));
  write("t.yaml", suite + "compare: {model: bar}\ngates: {able: {axis: reasoning, floor: 0.8}}\n");
  done(add);
  const Ran shown = done({"target", "show", "t"});
  EXPECT_NE(shown.out.find("gate 'able': the candidate is not examined yet"), std::string::npos);
  write("t.yaml", suite + "candidates: [here]\n");
  const Ran changed = done(add);
  EXPECT_NE(changed.out.find("  compare: model bar -> best\n"), std::string::npos) << changed.out;
  EXPECT_NE(changed.out.find("  candidates: all -> here\n"), std::string::npos);
  EXPECT_NE(changed.out.find("  gate able: removed (axis reasoning, floor 0.8)\n"),
            std::string::npos);
  write("t.yaml", suite + "# By the rules of May.\ncandidates: [here]\n");
  EXPECT_NE(done(add).out.find("  nothing that it says changed\n"), std::string::npos);
  write("t.yaml", suite + "candidates: [here]\nshare: 0.90\n");
  EXPECT_EQ(*done({"target", "add", "t.yaml", "--json"}).json().find("changes"),
            *Json::parse("[\"share: 0.95 -> 0.9\"]"));
  EXPECT_NE(done({"target", "list"}).out.find("share: 0.95 -> 0.9"), std::string::npos);
  done({"model", "retire", "here"});
  done(add);  // The same again is no news.
  write("t.yaml", suite + "share: 0.9\ncandidates: [here]\n");
  expect(add, 2, {"t.yaml:4:14: key 'candidates[0]': model here is retired"});
}

TEST_F(RefusalOfProgram, ExplainSaysWhatTheEngineRefused) {
  up("gwageo-data", 1);
  write_suite("s", 5);
  done({"suite", "add", "s/suite.yaml"});
  write("outputs.jsonl",
        "{\"task\":\"sums\",\"item\":\"0\",\"text\":\"0\"}\n"
        "{\"task\":\"sums\",\"item\":\"3\",\"text\":\"3\"}\n");
  done({"model", "add", "m", "--role", "candidate", "--team", "red", "--engine", "recorded",
        "--released", "2026-02-01", "--outputs", "outputs.jsonl"});
  expect({"submit", "--model", "m", "--suite", "s", "--wait"}, 1, {"gwageo explain 1"});
  const std::string why =
      "Answers missing in task sums: 3, refused by the engine for good; the first is of item 1: no "
      "recorded output for task sums item 1 repeat 0.";
  EXPECT_NE(done({"explain", "1"}).out.find(why), std::string::npos) << done({"explain", "1"}).out;
  EXPECT_NE(done({"explain", "1"})
                .out.find("Another reason among them, of 1 (first item 2): no recorded output for "
                          "task sums item 2 repeat 0."),
            std::string::npos);
  EXPECT_NE(done({"explain", "1"})
                .out.find("2 of 5 answers are there; 5 were executed for this job, "
                          "0 were known from other jobs."),
            std::string::npos);
  EXPECT_EQ(
      *done({"explain", "1", "--json"}).json().find("failures"),
      *Json::parse(R"([{"task":"sums","outcome":"refused_by_engine","items":3,"item":"1",)"
                   R"("reason":"no recorded output for task sums item 1 repeat 0",)"
                   R"("reasons":[{"reason":"no recorded output for task sums item 1 repeat 0",)"
                   R"("items":1,"item":"1"},)"
                   R"({"reason":"no recorded output for task sums item 2 repeat 0",)"
                   R"("items":1,"item":"2"},)"
                   R"({"reason":"no recorded output for task sums item 4 repeat 0",)"
                   R"("items":1,"item":"4"}]}])"));
  // What an engine complains about may quote its input: another team is told where the
  // scores are, which count them.
  done({"keys", "new", "team", "red", "--out", "red.key"});
  done({"keys", "new", "team", "blue", "--out", "blue.key"});
  EXPECT_NE(done({"explain", "1", "--key", "red.key"}).out.find(why), std::string::npos);
  const std::string blue = done({"explain", "1", "--key", "blue.key"}).out;
  EXPECT_NE(blue.find("but for its scores (gwageo results 1)"), std::string::npos) << blue;
  EXPECT_EQ(blue.find("recorded output"), std::string::npos) << blue;
  EXPECT_NE(done({"results", "1", "--key", "blue.key"}).out.find("failed 3"), std::string::npos);
}

TEST_F(RefusalOfProgram, AnItemAskedSeveralTimesIsOneItemOfSeveralAnswers) {
  write("s/suite.yaml", R"yaml(suite: small
version: 1
axes: {korean: {}}
tasks:
  - task: sums
    axis: korean
    repeats: 3
    dataset_kwargs: {data_files: sums.jsonl}
    doc_to_text: "Q: {{question}}\nA:"
    doc_to_target: "{{answer}}"
)yaml");
  write("s/sums.jsonl",
        "{\"question\":\"1+1\",\"answer\":2}\n{\"question\":\"2+2\",\"answer\":4}\n");
  std::string outputs;
  for (const char* const answer :
       {R"("item":"0","repeat":0,"text":"2"})", R"("item":"0","repeat":1,"text":"2"})",
        R"("item":"0","repeat":2,"text":"2"})", R"("item":"1","repeat":0,"text":"4"})",
        R"("item":"1","repeat":2,"text":"5"})"}) {
    outputs += std::string(R"({"task":"sums",)") + answer + "\n";
  }
  write("outputs.jsonl", outputs);
  up("gwageo-data", 1);
  done({"suite", "add", "s/suite.yaml"});
  done({"model", "add", "m", "--role", "candidate", "--released", "2026-08-01", "--engine",
        "recorded", "--outputs", "outputs.jsonl"});
  expect({"submit", "--model", "m", "--suite", "small", "--wait"}, 1,
         {"is complete, but 1 of 6 answers is missing; see: gwageo explain 1"});
  const std::string why = done({"explain", "1"}).out;
  EXPECT_NE(why.find("\n5 of 6 answers are there; "), std::string::npos) << why;
  EXPECT_NE(why.find("\nAnswers missing in task sums: 1, refused by the engine for good; the first "
                     "is of item 1: "),
            std::string::npos)
      << why;
  const std::string scores = done({"results", "1"}).out;
  EXPECT_NE(scores.find("failed 1 of 2 items, which take 6 answers\n"), std::string::npos)
      << scores;
  const Json written =
      done({"results", "1", "--format", "inspect", "--out", "logs", "--json"}).json();
  EXPECT_EQ(*written.find("items_without_row"), Json(1));
  const Json log = Json::parse(text(written.find("files")->as_array().front().as_string())).value();
  EXPECT_EQ(*log.find("status"), Json("error"));
  EXPECT_EQ(*log.find("results")->find("total_samples"), Json(6));
  EXPECT_EQ(*log.find("results")->find("completed_samples"), Json(5));
  const Json::Array& samples = log.find("samples")->as_array();
  ASSERT_EQ(samples.size(), 6U);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Json* const error = samples[i].find("error");
    if (i == 4) {
      EXPECT_EQ(*error->find("message"),
                Json("refused_by_engine: no recorded output for task sums item 1 repeat 1"));
      EXPECT_TRUE(samples[i].find("output")->find("choices")->as_array().empty());
    } else {  // An epoch has no error that another has.
      EXPECT_TRUE(error->is_null()) << i;
      EXPECT_EQ(samples[i].find("output")->find("choices")->as_array().size(), 1U) << i;
    }
    EXPECT_EQ(samples[i].find("scores")->as_object().empty(), i != 0) << i;
  }
}

TEST_F(RefusalOfProgram, AnAnswerThatAPatternCannotReadIsNoWrongAnswer) {
  up("gwageo-data", 1);
  write("s/suite.yaml", R"yaml(suite: s
version: 1
axes: {a: {}}
tasks:
  - task: t
    axis: a
    output_type: generate_until
    dataset_kwargs: {data_files: rows.jsonl}
    doc_to_text: "Q: {{q}}"
    doc_to_target: "b"
    filter_list:
      - name: f
        filter: [{function: regex, regex_pattern: "(?:a|a)*(b)"}, {function: take_first}]
    metric_list: [{metric: exact_match}]
)yaml");
  write("s/rows.jsonl", "{\"q\": 1}\n{\"q\": 2}\n{\"q\": 3}\n");
  write("outputs.jsonl",
        "{\"task\":\"t\",\"item\":\"0\",\"text\":\"aab\"}\n"
        "{\"task\":\"t\",\"item\":\"1\",\"text\":\"" +
            std::string(60, 'a') + "xb" +
            "\"}\n"
            "{\"task\":\"t\",\"item\":\"2\",\"text\":\"c\"}\n");
  done({"suite", "add", "s/suite.yaml"});
  done({"model", "add", "m", "--role", "candidate", "--engine", "recorded", "--released",
        "2026-02-01", "--outputs", "outputs.jsonl"});
  expect({"submit", "--model", "m", "--suite", "s", "--wait"}, 1,
         {"complete, but 1 item was answered but could not be scored", "gwageo explain 1"});
  const Json results = done({"results", "1", "--json"}).json();
  EXPECT_EQ(results.find("coverage")->find("unscored")->as_integer(), 1);
  EXPECT_TRUE(results.find("total")->is_null());
  EXPECT_EQ(results.find("tasks")->find("t")->find("exact_match")->dump(),
            R"({"value":0.5,"stderr":0.5,"n":2})");
  EXPECT_NE(done({"results", "1"}).out.find(", unscored 1 of 3 items"), std::string::npos);
  EXPECT_NE(done({"explain", "1"})
                .out.find("Answered but not scored in task t: 1; the first is item 1: regex: gave "
                          "up on a text of 62 bytes"),
            std::string::npos)
      << done({"explain", "1"}).out;
  EXPECT_EQ(done({"results", "1", "--format", "lm-eval", "--out", "out", "--json"}).code, 0);
}

TEST_F(RefusalOfProgram, AVersionNeverChanges) {
  up("gwageo-data", 0);
  write_suite("s", 3);
  done({"suite", "add", "s/suite.yaml"});
  EXPECT_EQ(*done({"suite", "add", "s/suite.yaml", "--json"}).json().find("known"), Json(true));
  write_suite("s", 4);
  expect({"suite", "add", "s/suite.yaml"}, 2, {"exists with another digest"});
  expect({"target", "add", "s/suite.yaml"}, 2, {"s/suite.yaml"});
  expect({"submit", "--model", "nobody", "--suite", "s"}, 2, {"nobody"});
  expect({"status", "99"}, 2, {"no job \"99\""});
}

TEST_F(RefusalOfProgram, ANewVersionSaysWhichItemsWent) {
  up("gwageo-data", 0);
  write_suite("s", 3);
  done({"suite", "add", "s/suite.yaml"});
  write_suite("s", 2);
  std::ifstream in(path("s/suite.yaml"));
  std::string text{std::istreambuf_iterator<char>(in), {}};
  text.replace(text.find("version: 1"), 10, "version: 2");
  write("s/suite.yaml", text);
  expect({"suite", "add", "s/suite.yaml"}, 2, {"task sums has no item 2 any more", "`changed`"});
  write("s/suite.yaml", text + "changed: [{task: sums, item: \"2\", reason: withdrawn}]\n");
  done({"suite", "add", "s/suite.yaml"});
}

TEST_F(RefusalOfProgram, ATeamSubmitsForItselfAndTakesWhatIsKnown) {
  up("gwageo-data", 0);
  write_suite("s", 3);
  done({"suite", "add", "s/suite.yaml"});
  done({"keys", "new", "team", "red", "--out", "red.key"});
  done({"keys", "new", "team", "blue", "--out", "blue.key"});
  done({"model", "add", "m", "--role", "candidate", "--released", "2026-02-01", "--engine", "paced",
        "--option", "milliseconds=1", "--key", "red.key"});
  const std::vector<std::string> submit = {"submit", "--model", "m",      "--suite",
                                           "s",      "--key",   "red.key"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), submit.begin(), submit.end());
    return more;
  };
  expect(with({"--team", "blue"}), 4, {"a team submits for itself only, not for blue"});
  expect(with({"--skip-lookup"}), 4, {"a team takes answers that are known"});
  done(with({"--team", "red"}));
}

TEST_F(RefusalOfProgram, KeysHaveRights) {
  up("gwageo-data", 0);
  up("foreign-data", 0);
  done({"keys", "new", "team", "red", "--out", "red.key"});
  expect({"keys", "new", "team", "red", "--out", "red2.key"}, 2, {"red exists"});
  expect({"keys", "list", "--key", "red.key"}, 4, {"has no right"});
  done({"status", "--key", "red.key"});
  expect({"model", "add", "m", "--role", "candidate", "--released", "2026-02-01", "--engine",
          "openai", "--url", "http://127.0.0.1:1/v1", "--option", "model=m", "--option",
          "token_file=/etc/hostname", "--option", "probe=later", "--key", "red.key"},
         4, {"ask an operator"});
  done({"keys", "new", "worker", "machine", "--out", "machine.key"});
  expect({"status", "--key", "machine.key"}, 4, {"has no right"});
  expect({"status", "--key", "foreign-data/keys/operator.key"}, 4, {"it is for another one"});

  std::ifstream in(path("gwageo-data/endpoint"));
  std::string endpoint;
  std::getline(in, endpoint);
  expect({"worker", "--coordinator", endpoint, "--key", "red.key"}, 4,
         {"of role team, runs no worker", "gwageo keys new worker NAME"});
  std::filesystem::permissions(path("red.key"), std::filesystem::perms::all);
  expect({"status", "--key", "red.key"}, 4, {"chmod 600"});
}

}  // namespace
}  // namespace gwageo::testing
