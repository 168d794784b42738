#include "coordinator/keys.h"

namespace gwageo::keys {
namespace {

template <class T>
void append_number(std::string& key, T number) {
  for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) {
    key += static_cast<char>(number >> shift);
  }
}

std::string table(char name) { return std::string(1, name); }

std::string with_number(char name, std::uint64_t number) {
  std::string key = table(name);
  append_number(key, number);
  return key;
}

std::string with_digest(char name, const Digest& digest) {
  return table(name) + std::string(digest.view());
}

// The first key after every key that begins with `prefix`. REQUIRES: not all bytes are 0xff.
std::string after(std::string prefix) {
  while (static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

KeyRange starting_with(const std::string& prefix) { return {prefix, after(prefix)}; }

}  // namespace

std::string journal(std::uint64_t sequence) { return with_number('j', sequence); }
std::string blob(const Digest& digest) { return with_digest('b', digest); }

std::string plan_block(const Digest& manifest, std::uint32_t block) {
  std::string key = with_digest('p', manifest);
  append_number(key, block);
  return key;
}

std::string plan_keys(const Digest& manifest, std::uint32_t block) {
  std::string key = with_digest('q', manifest);
  append_number(key, block);
  return key;
}

std::string result_block(JobId job, std::uint64_t first_index, LeaseId lease) {
  std::string key = with_number('r', job.value);
  append_number(key, first_index);
  append_number(key, lease.value);
  return key;
}

KeyRange journal_from(std::uint64_t sequence) { return {journal(sequence), table('j' + 1)}; }
KeyRange plan_blocks(const Digest& manifest) { return starting_with(with_digest('p', manifest)); }
KeyRange plan_key_blocks(const Digest& manifest) {
  return starting_with(with_digest('q', manifest));
}
KeyRange result_blocks(JobId job) { return starting_with(with_number('r', job.value)); }

}  // namespace gwageo::keys
