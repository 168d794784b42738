// RocksDB's check of what it writes, CRC-32C, by the processor's instructions.
//
// Debian builds the library for every processor, which leaves it a loop over tables: 13 us for the
// block of a lease of 32 items, on the coordinator's busiest thread. The library calls that
// function as any program's, so the one that this file defines under the same name takes its place.
// A version of the library that names it otherwise would use its own again, and write the same
// bytes.
#pragma once

namespace gwageo {

/// Ends the process when the function is wrong: it would make every file unreadable elsewhere.
/// Call it before a store is opened; that also links the function.
void check_rocksdb_crc32c();

}  // namespace gwageo
