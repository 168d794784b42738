// Wide: 128-bit integers, for products of two 64-bit ones.
#pragma once

namespace gwageo {

__extension__ typedef __int128 Wide;

}  // namespace gwageo
