// The house rules as tests, so that they cannot rot: who may include whom, which file may see which
// library, what pure files must not see, and how long a line, a function and a file may be.
// Every fault is reported with its place and the rule that it breaks.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/folders.h"

namespace {

namespace fs = std::filesystem;

constexpr std::size_t header_lines_max = 200;
constexpr std::size_t source_lines_max = 500;
constexpr std::size_t function_lines_max = 60;
constexpr std::size_t columns_max = 100;

struct Include {
  std::size_t line;
  std::string name;
  bool quoted;  // "ours", as against <theirs>
};

struct SourceFile {
  std::string path;    // relative to the repository, with forward slashes
  std::string folder;  // the first part of the path
  std::vector<std::string> lines;
  std::vector<Include> includes;
};

bool ends_with_any(std::string_view text, const std::vector<std::string>& ends) {
  return std::any_of(ends.begin(), ends.end(),
                     [&](const std::string& end) { return text.ends_with(end); });
}

bool is_cxx(std::string_view path) { return ends_with_any(path, {".h", ".cc", ".cu"}); }

/// `*` in a pattern stands for any run of characters.
bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  for (std::size_t from = star; from <= text.size(); ++from) {
    if (matches(pattern.substr(star + 1), text.substr(from))) return true;
  }
  return false;
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, text); });
}

SourceFile read_file(const fs::path& root, const fs::path& path) {
  SourceFile file;
  file.path = path.lexically_relative(root).generic_string();
  file.folder = file.path.substr(0, file.path.find('/'));
  std::ifstream in(path, std::ios::binary);
  static const std::regex include_line(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (is_cxx(file.path) && std::regex_match(line, match, include_line)) {
      file.includes.push_back({file.lines.size() + 1, match[2], match[1] == "\""});
    }
    file.lines.push_back(std::move(line));
  }
  return file;
}

/// Everything written by hand in the source folders, in the order of its path.
const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> files = [] {
    const fs::path root = gwageo::folders::source();
    const std::vector<std::string> kinds = {".h",  ".cc", ".cu",           ".capnp",
                                            ".py", ".sh", "CMakeLists.txt"};
    std::vector<SourceFile> found;
    for (const char* folder : {"protocol", "benchmarks", "coordinator", "worker", "ops", "tests"}) {
      for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
        if (!entry.is_regular_file()) continue;
        if (!ends_with_any(entry.path().filename().string(), kinds)) continue;
        found.push_back(read_file(root, entry.path()));
      }
    }
    std::sort(found.begin(), found.end(),
              [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
    return found;
  }();
  return files;
}

void fault(const SourceFile& file, std::size_t line, const std::string& rule) {
  ADD_FAILURE_AT(file.path.c_str(), static_cast<int>(line))
      << file.path << ":" << line << ": " << rule;
}

/// The line without its comment and without the inside of its literals: a small scanner, which
/// knows raw strings that end on their own line only.
std::string code_of(const std::string& line) {
  static const std::regex raw_literal(R"re(R"(\w*)\((.*?)\)\1")re");
  static const std::regex literal(R"re("(\\.|[^"\\])*"|'(\\.|[^'\\])+')re");
  static const std::regex digit_mark(R"((\d)'(\d))");
  std::string code = std::regex_replace(line, raw_literal, "0");
  code = std::regex_replace(code, digit_mark, "$1$2");
  code = std::regex_replace(code, literal, "0");
  return code.substr(0, code.find("//"));
}

TEST(Tidy, FindsTheTree) {
  std::map<std::string, int> per_folder;
  for (const SourceFile& file : tree()) ++per_folder[file.folder];
  for (const char* folder : {"protocol", "benchmarks", "coordinator", "worker", "ops", "tests"}) {
    EXPECT_GT(per_folder[folder], 0) << folder << " has no sources: is tests/folders.cc right?";
  }
}

TEST(Tidy, LayersIncludeOnlyWhatIsBelowThem) {
  const std::map<std::string, std::set<std::string>> may_include = {
      {"protocol", {"protocol"}},
      {"benchmarks", {"benchmarks", "protocol"}},
      {"coordinator", {"coordinator", "benchmarks", "protocol"}},
      {"worker", {"worker", "protocol"}},
      {"ops", {"ops", "coordinator", "worker", "benchmarks", "protocol"}},
      {"tests", {"tests", "ops", "coordinator", "worker", "benchmarks", "protocol"}},
  };
  for (const SourceFile& file : tree()) {
    for (const Include& include : file.includes) {
      if (!include.quoted) continue;
      const std::string folder = include.name.substr(0, include.name.find('/'));
      if (!may_include.contains(folder)) {
        fault(file, include.line, "our headers are named from the root of the tree, folder first");
      } else if (!may_include.at(file.folder).contains(folder)) {
        fault(file, include.line, file.folder + "/ may not include " + folder + "/");
      }
    }
  }
}

TEST(Tidy, EachLibraryIsSeenByItsOwnFile) {
  struct Library {
    std::string headers;
    std::vector<std::string> seen_by;
  };
  const std::vector<Library> libraries = {
      {"openssl/*",
       {"protocol/digest.cc", "tests/perf/without_proof.cc", "protocol/sha256_states.cc",
        "protocol/signature.cc", "tests/worker/tls_relay.cc"}},
      {"nlohmann/*", {"protocol/json.cc"}},
      {"xxhash.h", {"protocol/quick_hash.cc"}},
      {"isa-l/*", {"coordinator/rocksdb_crc32c.cc", "protocol/crc32.cc", "protocol/gunzip.cc"}},
      {"yaml-cpp/*", {"protocol/yaml.cc"}},
      {"pcre2*", {"protocol/regex.cc"}},
      {"tl/*", {"protocol/result.h"}},
      {"capnp/*", {"protocol/codec*", "coordinator/fact_codec*", "tests/protocol/codec*"}},
      {"kj/*", {"protocol/codec*", "coordinator/fact_codec*", "tests/protocol/codec*"}},
      {"*.capnp.h", {"protocol/codec*", "coordinator/fact_codec*", "tests/protocol/codec*"}},
      {"zmq*",
       {"protocol/zmq_*.*", "protocol/zap_handler.*", "protocol/curve_keys.cc", "tests/protocol/*",
        "tests/perf/*"}},
      {"rocksdb/*",
       {"coordinator/rocks_store.cc", "coordinator/prepared_log.*", "tests/coordinator/*",
        "tests/fuzz/prepared_log.cc"}},
      {"spdlog/*", {"ops/log.cc"}},
      {"fmt/*", {"ops/log.cc"}},
      {"zstd*", {"ops/zstd_file.cc", "protocol/unzstd.cc"}},
      {"curl/*", {"worker/http_client.cc"}},
      {"CLI/*", {"ops/command_line.cc"}},
      {"gtest/*", {"tests/*"}},
      {"gmock/*", {"tests/*"}},
  };
  for (const SourceFile& file : tree()) {
    for (const Include& include : file.includes) {
      for (const Library& library : libraries) {
        if (matches(library.headers, include.name) && !matches_any(library.seen_by, file.path)) {
          fault(file, include.line, "<" + include.name + "> is for " + library.seen_by[0]);
        }
      }
    }
  }
}

TEST(Tidy, PureFilesSeeNoClockThreadFileOrUnorderedMap) {
  const std::vector<std::string> pure = {"protocol/*",
                                         "benchmarks/*",
                                         "coordinator/*",
                                         "worker/agent*",
                                         "worker/concurrency_limit.*",
                                         "worker/engine_life.*",
                                         "worker/engine_template.*",
                                         "worker/gpu_inventory*",
                                         "worker/health*",
                                         "worker/results_outbox.*",
                                         "worker/piece_set.h",
                                         "worker/weights_layout.*",
                                         "worker/weights_plan.*",
                                         "ops/simulate/*"};
  const std::vector<std::string> edges = {
      "protocol/curve_keys.*",
      "protocol/key_file.*",
      "protocol/loopback_transport.*",
      "protocol/zap_handler.*",
      "protocol/zmq_*.*",
      "coordinator/altered_files.*",
      "coordinator/background.*",
      "coordinator/data_directory.*",
      "coordinator/direct_file.*",
      "coordinator/durable_file.*",
      "coordinator/log_folder.*",
      "coordinator/log_statements.*",
      "coordinator/memory_store.*",
      "coordinator/prepared_log.*",
      "coordinator/rocks_store.*",
      "coordinator/shell.*",
  };
  const std::set<std::string> impure = {
      "chrono",     "thread",  "mutex",    "shared_mutex",  "atomic",        "random",
      "filesystem", "fstream", "iostream", "unordered_map", "unordered_set", "condition_variable",
      "future",     "ctime",
  };
  for (const SourceFile& file : tree()) {
    if (!matches_any(pure, file.path) || matches_any(edges, file.path)) continue;
    for (const Include& include : file.includes) {
      if (!include.quoted && impure.contains(include.name)) {
        fault(file, include.line, "a pure file may not include <" + include.name + ">");
      }
      if (include.quoted && matches_any(edges, include.name)) {
        fault(file, include.line, "a pure file may not include the edge " + include.name);
      }
    }
  }
}

TEST(Tidy, ASourceIncludesItsOwnHeaderFirst) {
  std::set<std::string> paths;
  for (const SourceFile& file : tree()) paths.insert(file.path);
  for (const SourceFile& file : tree()) {
    if (!file.path.ends_with(".cc") || file.includes.empty()) continue;
    const std::string header = file.path.substr(0, file.path.size() - 3) + ".h";
    if (paths.contains(header) && file.includes.front().name != header) {
      fault(file, file.includes.front().line, "\"" + header + "\" comes first, so it stands alone");
    }
  }
}

// Tests run side by side: a folder whose name a test chose is another one's, too.
TEST(Tidy, TestsWriteInFoldersOfTheirOwn) {
  const std::vector<std::string> places = {"tests/temporary_folder.h", "tests/memory_folder.h",
                                           "tests/engine/node_llama.cc", "tests/tidy_test.cc"};
  for (const SourceFile& file : tree()) {
    if (file.folder != "tests" || matches_any(places, file.path)) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string code = code_of(file.lines[i]);
      for (const char* const name : {"TempDir()", "temp_directory_path()"}) {
        if (code.find(name) == std::string::npos) continue;
        fault(file, i + 1, std::string(name) + " in a test: use tests/temporary_folder.h");
      }
    }
  }
}

TEST(Tidy, HeadersAreGuardedAndDoNotOpenNamespaces) {
  for (const SourceFile& file : tree()) {
    if (!file.path.ends_with(".h")) continue;
    const auto is_guard = [](const std::string& line) { return line == "#pragma once"; };
    if (std::none_of(file.lines.begin(), file.lines.end(), is_guard)) {
      fault(file, 1, "a header says #pragma once");
    }
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (file.lines[i].starts_with("using namespace")) {
        fault(file, i + 1, "a header opens no namespace for its readers");
      }
    }
  }
}

TEST(Tidy, FilesHoldOneIdea) {
  for (const SourceFile& file : tree()) {
    if (!is_cxx(file.path)) continue;
    const std::size_t max = file.path.ends_with(".h") ? header_lines_max : source_lines_max;
    if (file.lines.size() > max) {
      fault(file, max + 1,
            std::to_string(file.lines.size()) + " lines; more than " + std::to_string(max) +
                " hold two ideas");
    }
  }
}

/// Width in code points: the bytes that do not continue one.
std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

TEST(Tidy, LinesAreShortAndClean) {
  const std::regex leftover(R"(\b(FIXME|XXX)\b)");
  const std::regex bare_todo(R"(\bTODO\b(?!\([a-z0-9_ -]+\): \S))");
  for (const SourceFile& file : tree()) {
    const bool is_this_file = file.path == "tests/tidy_test.cc";
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      if (columns(line) > columns_max) {
        fault(file, i + 1, std::to_string(columns(line)) + " columns; at most 100");
      }
      if (line.find('\t') != std::string::npos) fault(file, i + 1, "a tab");
      if (line.ends_with(' ') || line.ends_with('\r')) fault(file, i + 1, "space at the end");
      if (is_this_file) continue;  // It has to name what it bans.
      if (std::regex_search(line, leftover)) fault(file, i + 1, "a leftover: finish it");
      if (std::regex_search(line, bare_todo)) fault(file, i + 1, "write TODO(area): what");
    }
  }
}

/// Where functions are too long, by counting braces. A block opens a scope (namespace, class,
/// enum), or a function where neither encloses it; the length runs from its first line to its last.
std::vector<std::size_t> long_functions(const std::vector<std::string>& lines) {
  static const std::regex scope(R"(\b(namespace|class|struct|enum|union|extern)\b[^;()]*$)");
  std::vector<std::size_t> found;
  std::vector<bool> open_scopes;  // one entry per open scope outside functions
  std::string statement;          // what was read since the last boundary
  std::size_t depth = 0;          // braces open inside a function, 0 outside of one
  std::size_t start = 0;
  std::size_t statement_line = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with('#')) continue;
    for (const char c : code_of(lines[i])) {
      if (depth == 0 && statement.empty() && c != ' ') statement_line = i;
      if (c == '{') {
        if (depth > 0 || !std::regex_search(statement, scope)) {
          if (depth++ == 0) start = statement_line;
        } else {
          open_scopes.push_back(true);
          statement.clear();
        }
      } else if (c == '}') {
        if (depth == 0) {
          if (!open_scopes.empty()) open_scopes.pop_back();
        } else if (--depth == 0 && i - start + 1 > function_lines_max &&
                   statement.find('(') != std::string::npos) {
          found.push_back(start + 1);
        }
        if (depth == 0) statement.clear();
      } else if (depth == 0) {
        if (c == ';') {
          statement.clear();
        } else if (c != ' ' || !statement.empty()) {
          statement += c;
        }
      }
    }
    if (depth == 0 && !statement.empty()) statement += ' ';
  }
  return found;
}

TEST(Tidy, TheFunctionCounterCounts) {
  std::vector<std::string> lines = {"namespace n {", "class A : public B {", "  int f(",
                                    "    int) {"};
  lines.insert(lines.end(), function_lines_max, "    g(\"}\");  // }");
  lines.insert(lines.end(), {"  }", "};", "}"});
  EXPECT_EQ(long_functions(lines), std::vector<std::size_t>{3});
  lines.erase(lines.begin() + 4, lines.begin() + 8);
  EXPECT_TRUE(long_functions(lines).empty());
}

TEST(Tidy, FunctionsFitAScreen) {
  for (const SourceFile& file : tree()) {
    if (!is_cxx(file.path) || file.folder == "tests") continue;
    for (const std::size_t line : long_functions(file.lines)) {
      fault(file, line, "a function of more than 60 lines");
    }
  }
}

/// What the build files name, relative to the repository.
std::set<std::string> listed_sources() {
  std::set<std::string> listed;
  const std::regex name(R"([\w./-]+\.(cc|cu|capnp)\b)");
  for (const SourceFile& file : tree()) {
    if (!file.path.ends_with("CMakeLists.txt")) continue;
    const fs::path folder = fs::path(file.path).parent_path();
    for (const std::string& line : file.lines) {
      const std::string code = line.substr(0, line.find('#'));
      for (std::sregex_iterator it(code.begin(), code.end(), name), end; it != end; ++it) {
        listed.insert((folder / it->str()).lexically_normal().generic_string());
      }
    }
  }
  return listed;
}

TEST(Tidy, EverySourceIsBuilt) {
  const std::set<std::string> listed = listed_sources();
  for (const SourceFile& file : tree()) {
    if (!ends_with_any(file.path, {".cc", ".cu", ".capnp"})) continue;
    if (!listed.contains(file.path)) fault(file, 1, "no CMakeLists.txt names it");
  }
}

TEST(Tidy, EveryHeaderIsIncluded) {
  std::set<std::string> included;
  for (const SourceFile& file : tree()) {
    for (const Include& include : file.includes) included.insert(include.name);
  }
  for (const SourceFile& file : tree()) {
    if (file.path.ends_with(".h") && !included.contains(file.path)) {
      fault(file, 1, "no file includes it");
    }
  }
}

}  // namespace
