// Templates of servers: what they may say, and what a model may not.
#include "worker/engine_template.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/folders.h"
#include "tests/temporary_folder.h"
#include "worker/process_room.h"

namespace gwageo {
namespace {

const std::string good = R"(name: tiny
version: 1
command: [serve, "{model}", --port, "{port}", --name, "{name}", [--ctx, "{ctx}"], "-g{gpus}"]
environment: {CACHE: "{cache}", BRACES: "{{x}}"}
ready_seconds: 2.5
idle_seconds: 30
options:
  ctx: {default: "", pattern: "[0-9]{0,5}"}
  cache: {default: f16, choices: [f16, f32]}
engine: {connections: 8, ordering: ""}
out_of_memory: ["out of memory"]
)";

EngineTemplate read(const std::string& text) {
  const Result<EngineTemplate> engine = read_engine_template("t.yaml", text);
  EXPECT_TRUE(engine) << (engine ? "" : engine.error().message);
  return engine.value_or(EngineTemplate{});
}

std::string complaint(const std::string& text) {
  const Result<EngineTemplate> engine = read_engine_template("t.yaml", text);
  return engine ? "" : engine.error().message;
}

std::string with(std::string text, const std::string& part, const std::string& instead) {
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), instead);
}

ModelSpec model(std::map<std::string, std::string> options) {
  options.emplace("template", "tiny");
  return {"m", {}, "process", "/models/m.gguf", std::move(options)};
}

TEST(EngineTemplate, BecomesACommand) {
  const EngineTemplate engine = read(good);
  EXPECT_EQ(engine.ready_at_most, milliseconds(2500));
  EXPECT_EQ(engine.idle_at_most, seconds(30));
  const auto options = options_for(engine, model({{"ctx", "512"}, {"connections", "4"}}));
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->of_openai,
            (std::map<std::string, std::string>{{"connections", "4"}, {"ordering", ""}}));
  const EngineCommand command =
      expand(engine, options->of_template, {"/models/m.gguf", "m-1", 4711, 2, "2,3"});
  EXPECT_EQ(command.words, (std::vector<std::string>{"serve", "/models/m.gguf", "--port", "4711",
                                                     "--name", "m-1", "--ctx", "512", "-g2"}));
  EXPECT_EQ(command.environment,
            (std::map<std::string, std::string>{
                {"BRACES", "{x}"}, {"CACHE", "f16"}, {"CUDA_VISIBLE_DEVICES", "2,3"}}));
}

TEST(EngineTemplate, LeavesOutWordsWithAnEmptyOption) {
  const EngineTemplate engine = read(good);
  const auto options = options_for(engine, model({}));
  ASSERT_TRUE(options);
  const EngineCommand command = expand(engine, options->of_template, {"/m", "m", 1, 1, ""});
  EXPECT_EQ(command.words,
            (std::vector<std::string>{"serve", "/m", "--port", "1", "--name", "m", "-g1"}));
  EXPECT_FALSE(command.environment.contains("CUDA_VISIBLE_DEVICES"));
}

TEST(EngineTemplate, SaysOnWhichMachinesTheServerRuns) {
  const EngineTemplate engine =
      read(with(good, "\"-g{gpus}\"",
                "\"-g{gpus}\", \"-n{nodes}\", \"-e{node_gpus}\", \"-h{head}\", \"-a{hosts}\""));
  const auto options = options_for(engine, model({}));
  ASSERT_TRUE(options);
  const auto last = [&](const EnginePlace& place) {
    std::vector<std::string> words = expand(engine, options->of_template, place).words;
    words.erase(words.begin(), words.end() - 5);
    return words;
  };
  using Words = std::vector<std::string>;
  EXPECT_EQ(last({"/m", "m", 1, 16, "", {"n1", "n2"}}),
            (Words{"-g16", "-n2", "-e8", "-hn1", "-an1,n2"}));
  EXPECT_EQ(last({"/m", "m", 1, 4, ""}),
            (Words{"-g4", "-n1", "-e4", "-h127.0.0.1", "-a127.0.0.1"}));
  EXPECT_TRUE(check_spans_nodes(engine));
  const Status refused = check_spans_nodes(read(good));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "engine process: template tiny runs on one node: it has no {nodes}");
}

TEST(EngineTemplate, NamesWhatIsWrongAndWhere) {
  EXPECT_EQ(complaint(with(good, "\"{model}\", ", "")),
            "t.yaml:3:10: key 'command': it has no {model}: the server would not serve the model "
            "that was verified");
  EXPECT_EQ(complaint(with(good, "--port, \"{port}\", ", "")),
            "t.yaml:3:10: key 'command': it has no {port}: the server would listen where nobody "
            "asks it");
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {with(good, "{name}", "{nmae}"), "3:55: key 'command[5]': no placeholder is called {nmae}"},
      {with(good, "{name}", "{name"), "a lone \"{\""},
      {with(good, "{name}", "name}"), "a lone \"}\""},
      {with(good, "[serve,", "[\"{ctx}\","), "key 'command[0]': the program is named as it is"},
      {with(good, "\"{cache}\"", "x"), "nothing uses {cache}"},
      {with(good, "CACHE:", "CUDA_VISIBLE_DEVICES:"), "the worker sets it"},
      {with(good, "CACHE:", "A B:"), "no name of a variable"},
      {with(good, "ctx: {default: \"\",", "port: {default: \"\","), "is there already"},
      {with(good, "ctx: {default: \"\",", "window: {default: \"\","), "is there already"},
      {with(good, "default: f16", "default: f8"), "key 'options.cache.default': not among"},
      {with(good, ", choices: [f16, f32]", ""), "either `pattern` or `choices`"},
      {with(good, "[0-9]{0,5}", "[0-9"), "key 'options.ctx.pattern'"},
      {with(good, "2.5", "0"), "key 'ready_seconds': seconds"},
      {with(good, "connections: 8", "model: x"), "key 'engine.model': unknown"},
      {with(good, "name: tiny", "nmae: tiny"), "did you mean 'name'?"},
      {with(good, "name: tiny", "name: a/b"), "no name"},
      {good + "engine_version: \"1\"\n", "neither version_route nor version_command"},
      {good + "health: \"http://elsewhere/\"\n", "a path at the server"},
      {"- 1\n", "expected a template"}};
  for (const auto& [text, part] : wrong) {
    EXPECT_NE(complaint(text).find(part), std::string::npos) << part << "\n" << complaint(text);
  }
}

// What a team writes into its model's options cannot become a flag.
TEST(EngineTemplate, TakesNothingFromAModelThatItDoesNotDeclare) {
  const EngineTemplate engine = read(good);
  const std::vector<std::pair<std::map<std::string, std::string>, std::string>> wrong = {
      {{{"flags", "--trust-remote-code"}}, "unknown option \"flags\"; it takes ctx, cache, and"},
      {{{"ctx", "1 --trust"}}, "option ctx=1 --trust must be what the pattern [0-9]{0,5}"},
      {{{"ctx", "12\n"}}, "must be what the pattern"},
      {{{"cache", "f32 "}}, "must be one of f16 f32"},
      {{{"model", "other"}}, "unknown option \"model\""},
      {{{"token_file", "/etc/passwd"}}, "unknown option \"token_file\""},
      {{{"port", "1"}}, "unknown option \"port\""}};
  for (const auto& [options, part] : wrong) {
    const auto read = options_for(engine, model(options));
    ASSERT_FALSE(read) << part;
    EXPECT_NE(read.error().message.find(part), std::string::npos) << read.error().message;
  }
}

TEST(EngineTemplate, IsNamedByWhatMayChangeAnAnswer) {
  const Digest digest = digest_of(read(good));
  EXPECT_EQ(digest_of(read(with(good, "2.5", "60") + "stop_seconds: 3\n# a comment\n")), digest);
  EXPECT_NE(digest_of(read(with(good, "--name", "--alias"))), digest);
  EXPECT_NE(digest_of(read(with(good, "BRACES", "BRACE"))), digest);
  EXPECT_NE(digest_of(read(with(good, "default: f16", "default: f32"))), digest);
  EXPECT_NE(digest_of(read(with(good, "version: 1", "version: 2"))), digest);
  EXPECT_NE(digest_of(read(with(good, "[--ctx, \"{ctx}\"]", "--ctx, \"{ctx}\""))), digest);
}

TEST(EngineTemplate, OfTheTreeCanAllBeRead) {
  const auto known = read_engine_folder(folders::source() / "worker/engines");
  ASSERT_TRUE(known) << known.error().message;
  for (const char* const name : {"vllm", "sglang", "sglang-nodes", "tensorrt-llm", "llama.cpp"}) {
    ASSERT_TRUE(known->templates.contains(name)) << name;
    const EngineTemplate& engine = known->templates.at(name).engine;
    const auto options = options_for(engine, {"m", {}, "process", "/m", {}});
    ASSERT_TRUE(options) << options.error().message;
    const EngineCommand command = expand(engine, options->of_template, {"/m", "n", 9, 4, "0,1"});
    const auto has = [&](const char* word) {
      return std::find(command.words.begin(), command.words.end(), word) != command.words.end();
    };
    EXPECT_TRUE(has("/m") && has("n") && has("9")) << name;
    EXPECT_EQ(check_spans_nodes(engine).has_value(), name == std::string("sglang-nodes")) << name;
  }
}

void write_template(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

TEST(EngineTemplate, ThatIsWrongIsNoHindranceToOthers) {
  const testing::TemporaryFolder temporary;
  const std::filesystem::path& folder = temporary.path();
  write_template(folder / "tiny.yaml", good);
  write_template(folder / "bent.yaml", "name: [");
  write_template(folder / "twin-a.yaml", with(good, "name: tiny", "name: twin"));
  write_template(folder / "twin-b.yaml", with(good, "name: tiny", "name: twin"));
  const auto found = read_engine_folder(folder.string());
  ASSERT_TRUE(found) << found.error().message;
  ProcessRoom room;
  room.folder = folder.string();
  room.templates = found->templates;
  room.broken = found->broken;
  EXPECT_TRUE(template_for(room, model({})));
  for (const auto& [name, part] :
       {std::pair<std::string, std::string>{"bent", (folder / "bent.yaml").string()},
        {"twin", "twin-a.yaml is called \"twin\", too"}}) {
    const auto refused = template_for(room, model({{"template", name}}));
    ASSERT_FALSE(refused) << name;
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  }
  EXPECT_FALSE(read_engine_folder((folder / "nothing").string()));
}

TEST(EngineTemplate, LiesBesideTheProgramOrInItsOwnCheckout) {
  const testing::TemporaryFolder root;
  const auto beside = [&](const char* const program) {
    return engine_folder_beside((root / program).string());
  };
  EXPECT_EQ(beside("tree/build/release/ops"), "");
  std::filesystem::create_directories(root / "tree/worker/engines");
  for (const char* const program : {"tree/build", "tree/build/release/ops"}) {
    EXPECT_EQ(beside(program), (root / "tree/worker/engines").string()) << program;
  }
  EXPECT_EQ(beside("tree/anywhere"), "");
  std::filesystem::create_directories(root / "tree/share/gwageo/engines");
  std::filesystem::create_directories(root / "tree/bin");
  EXPECT_EQ(beside("tree/bin"), (root / "tree/share/gwageo/engines").string());
  std::filesystem::create_directories(root / "tree/bin/engines");
  EXPECT_EQ(beside("tree/bin"), (root / "tree/bin/engines").string());
}

TEST(EngineTemplate, AWorkerWithAnotherOneRefusesTheModel) {
  ProcessRoom room;
  room.folder = "/engines";
  const EngineTemplate engine = read(good);
  room.templates["tiny"] = {engine, digest_of(engine), "/engines/tiny.yaml"};
  EXPECT_TRUE(template_for(room, model({{"template_digest", to_hex(digest_of(engine))}})));
  const std::string other = to_hex(sha256("another"));
  const auto refused = template_for(room, model({{"template_digest", other}}));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find(other), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find(to_hex(digest_of(engine))), std::string::npos);
  const auto unknown = template_for(room, {"m", {}, "process", "/m", {{"template", "big"}}});
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("\"big\" in /engines; there are tiny"), std::string::npos)
      << unknown.error().message;
}

}  // namespace
}  // namespace gwageo
