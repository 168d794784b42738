#include "tests/coordinator/exam_hall.h"

namespace gwageo::testing {

Reply ExamHall::add_suite(std::uint32_t version, const std::vector<std::string>& rows,
                          const std::string& changed, const std::string& extra) {
  std::string data;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    data += "{\"id\":" + std::to_string(i) + ",\"q\":\"" + rows[i] + "\"}\n";
  }
  const std::string suite =
      "suite: s\nversion: " + std::to_string(version) + "\naxes: {a: {weight: 1}}\n" + changed +
      "tasks:\n  - task: t\n    axis: a\n    output_type: generate_until\n"
      "    dataset_kwargs: {data_files: d.jsonl}\n    doc_to_text: '{{q}}?'\n"
      "    doc_to_target: '{{q}}'\n    generation_kwargs: {until: ['.'], max_gen_toks: 8}\n" +
      (extra.empty() ? "    metric_list: [{metric: exact_match}]\n" : extra);
  Manifest manifest;
  manifest.main = "s.yaml";
  for (const auto& [path, bytes] :
       std::map<std::string, std::string>{{"s.yaml", suite}, {"d.jsonl", data}}) {
    say("put", Json::object(), {bytes});
    manifest.files.push_back({path, bytes.size(), {sha256(bytes)}});
  }
  return say("suite.add", to_json(manifest));
}

Json ExamHall::model(const std::string& name, const std::string& role,
                     const std::string& released) {
  return Json::Object{{"name", name},
                      {"role", role},
                      {"team", "red"},
                      {"released", released},
                      {"engine", "paced"},
                      {"options", Json::object()},
                      {"digest", to_hex(sha256(name))}};
}

void ExamHall::meet() {
  Hello hello;
  hello.protocol = limits::protocol_version;
  hello.worker = self_;
  hello.name = name_;
  hello.engines = {"paced"};
  hello.slots = 2;
  hello.credit_items = 64;
  for (const Grant& grant : inbox_) hello.leases.push_back(grant.lease);
  receive("pool", peer_, hello);
  for (const auto& [lease, sent] : sent_) receive("pool", peer_, sent.results);
}

}  // namespace gwageo::testing
