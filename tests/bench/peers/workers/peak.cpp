// Answers each line with the FMA peak of this moment: LEVEL CORE...
#include "compiler/tools/FmaPeak.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

int main(int argc, char **argv) {
  if (argc < 3)
    return 1;
  const cnx::Level level = std::strcmp(argv[1], "v3") == 0 ? cnx::Level::v3 : cnx::Level::v4;
  std::vector<int> cores;
  for (int i = 2; i < argc; ++i)
    cores.push_back(std::atoi(argv[i]));
  for (char line[16]; std::fgets(line, sizeof line, stdin);) {
    std::printf("%.6e\n", cnx::sampleFmaPeak(level, cores));
    std::fflush(stdout);
  }
}
