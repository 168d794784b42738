// The oracle of the published log (tests/oracle/main.go), asked from tests.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/folders.h"

namespace gwageo::testing {

/// What the oracle says, with "FAILED" before it where it does not agree.
inline std::string oracle(const std::vector<std::string>& words) {
  EXPECT_TRUE(std::filesystem::exists(folders::oracle()))
      << "the oracle in Go was not built: run ops/setup (golang-go, golang-golang-x-mod-dev), "
         "then configure again";
  std::string command = folders::oracle();
  for (const std::string& word : words) command += " '" + word + "'";
  std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return "FAILED: no process";
  std::string said;
  std::array<char, 256> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) said += piece.data();
  const int code = ::pclose(pipe);
  return (code == 0 ? "" : "FAILED ") + said;
}

}  // namespace gwageo::testing
