#include "tests/slurm/private_slurm.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "tests/folders.h"

namespace gwageo::e2e {
namespace {

constexpr Milliseconds a_minute(60000);
constexpr int cannot_run_here = 77;

std::string script() { return folders::source() / "ops/local_slurm"; }

}  // namespace

Outcome run_program(const std::string& program, const std::vector<std::string>& words) {
  Process process(words, program);
  const std::optional<Ending> ending = process.wait(a_minute);
  if (!ending) throw std::runtime_error(program + " does not end: " + process.err());
  return {ending->signal != 0 ? 128 + ending->signal : ending->code, process.out(), process.err()};
}

PrivateSlurm::PrivateSlurm(const std::filesystem::path& folder) : folder_(folder.string()) {
  const Outcome started =
      run_program(script(), {"start", folder_, "--for", std::to_string(::getpid())});
  if (started.code == cannot_run_here) {
    missing_ = started.err;
    return;
  }
  if (started.code != 0) throw std::runtime_error("local_slurm: " + started.err);
  ::setenv("SLURM_CONF", started.out.substr(0, started.out.find('\n')).c_str(), 1);
}

PrivateSlurm::~PrivateSlurm() {
  try {
    run_program(script(), {"stop", folder_});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  ::unsetenv("SLURM_CONF");
}

std::vector<PrivateSlurm::Job> PrivateSlurm::jobs(bool all) const {
  std::vector<std::string> words = {"--noheader", "--format=%A|%j|%T|%k"};
  words.emplace_back(all ? "--states=all" : "--states=PENDING,RUNNING");
  const Outcome listed = run_program("squeue", words);
  if (listed.code != 0) throw std::runtime_error("squeue: " + listed.err);
  std::vector<Job> jobs;
  std::istringstream lines(listed.out);
  Job job;
  while (std::getline(lines, job.id, '|') && std::getline(lines, job.name, '|') &&
         std::getline(lines, job.state, '|') && std::getline(lines, job.comment)) {
    jobs.push_back(job);
  }
  std::sort(jobs.begin(), jobs.end(),
            [](const Job& a, const Job& b) { return std::stol(a.id) < std::stol(b.id); });
  return jobs;
}

}  // namespace gwageo::e2e
