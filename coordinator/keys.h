// Every key of the store and its byte layout, in one place. The first byte names the table; numbers
// are big-endian, so that byte order is number order. Tables and layouts are on disk for good: add,
// never change.
//
//   j <u64 sequence>                       one journal record, the very bytes that are hashed
//   b <digest>                             a blob by the SHA-256 of its bytes
//   p <plan root> <u32 block>              a block of plan entries
//   q <plan root> <u32 block>              the request digests of that block
//   r <u64 job> <u64 first plan index> <u64 lease>   a block of result records with their responses
//   a <u64 job> <u32 part>                 which items of a job are answered by another's records
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/digest.h"
#include "protocol/ids.h"

namespace gwageo::keys {

std::string journal(std::uint64_t sequence);
std::string blob(const Digest& digest);
std::string plan_block(const Digest& plan_root, std::uint32_t block);
std::string plan_digests(const Digest& plan_root, std::uint32_t block);
std::string result_block(JobId job, std::uint64_t first_index, LeaseId lease);
std::string adoption(JobId job, std::uint32_t part);

/// [first, last) of a table, or of one plan's or one job's part of it.
using KeyRange = std::pair<std::string, std::string>;
KeyRange journal_from(std::uint64_t sequence);
KeyRange plan_blocks(const Digest& plan_root);
KeyRange plan_digest_blocks(const Digest& plan_root);
KeyRange result_blocks(JobId job);
KeyRange adoptions(JobId job);

}  // namespace gwageo::keys
