// Every key of the store and its byte layout, in one place. The first byte names the table; numbers
// are big-endian, so that byte order is number order. Tables and layouts are on disk for good: add,
// never change.
//
//   j <u64 sequence>                       one journal record, the very bytes that are hashed
//   b <digest>                             a blob by the SHA-256 of its bytes
//   p <manifest> <u32 block>               a block of plan entries; the last key is the plan's
//   header q <manifest> <u32 block>               what is looked up of that block; the last:
//   duplicates r <u64 job> <u64 first plan index> <u64 lease>   a block of result records with
//   their responses
//
// A plan is found by its manifest (the list of the files it was rendered from), because its root is
// known only when its last block is written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/digest.h"
#include "protocol/ids.h"

namespace gwageo::keys {

/// Number of the block that ends a plan's part of a table.
inline constexpr std::uint32_t last_block = 0xffffffff;

std::string journal(std::uint64_t sequence);
std::string blob(const Digest& digest);
std::string plan_block(const Digest& manifest, std::uint32_t block);
std::string plan_keys(const Digest& manifest, std::uint32_t block);
std::string result_block(JobId job, std::uint64_t first_index, LeaseId lease);

/// [first, last) of a table, or of one plan's or one job's part of it.
using KeyRange = std::pair<std::string, std::string>;
KeyRange journal_from(std::uint64_t sequence);
KeyRange plan_blocks(const Digest& manifest);
KeyRange plan_key_blocks(const Digest& manifest);
KeyRange result_blocks(JobId job);

}  // namespace gwageo::keys
