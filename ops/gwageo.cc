#include "ops/command_line.h"
#include "ops/verb_table.h"

int main(int count, char** words) {
  return gwageo::run_command_line(gwageo::verb_table(), gwageo::overview(), count, words);
}
