#include <cstring>

#include "ops/command_line.h"
#include "ops/verb_table.h"
#include "worker/keeper.h"

int main(int count, char** words) {
  // Not a verb: a worker starts this program so, for a server of its own.
  if (count > 1 && std::strcmp(words[1], gwageo::keeper_word) == 0) {
    return gwageo::run_keeper({words + 2, words + count});
  }
  return gwageo::run_command_line(gwageo::verb_table(), gwageo::overview(), count, words);
}
