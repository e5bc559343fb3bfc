#include "tests/unit/fusions/Grouping.h"

#include <stdexcept>

namespace cnx::test {

static std::vector<int> choose(const KernelGraph &function, int anchor,
                               const std::vector<bool> &taken, bool fuse, std::string &name) {
  if (fuse)
    for (const Fusion &fusion : fusions()) {
      std::string declined;
      auto nodes = fusion.match(function, anchor, &declined);
      bool free = nodes.has_value();
      for (size_t i = 0; free && i < nodes->size(); ++i)
        free = !taken[static_cast<size_t>((*nodes)[i])];
      if (free) {
        name = fusion.name;
        return *nodes;
      }
    }
  name = "single";
  return {anchor};
}

std::vector<Group> formGroups(const KernelGraph &function, bool fuse) {
  std::vector<bool> taken(function.nodes.size());
  std::vector<Group> groups;
  for (size_t n = 0; n < function.nodes.size(); ++n) {
    if (taken[n])
      continue;
    std::string name;
    const std::vector<int> nodes = choose(function, static_cast<int>(n), taken, fuse, name);
    for (int member : nodes)
      taken[static_cast<size_t>(member)] = true;
    Group group;
    group.graph = extractGroup(function, nodes, name, &group.values);
    group.scalars = liftScalars(group.graph);
    canonicalise(group.graph);
    group.values.resize(group.graph.values.size(), -1);
    groups.push_back(std::move(group));
  }
  return groups;
}

Group groupOf(const KernelGraph &function, const std::string &fusion) {
  const Group *found = nullptr;
  const std::vector<Group> groups = formGroups(function);
  for (const Group &group : groups) {
    if (group.graph.fusion != fusion)
      continue;
    if (found)
      throw std::runtime_error("more than one group is " + fusion);
    found = &group;
  }
  if (!found)
    throw std::runtime_error("no group is " + fusion);
  return *found;
}

} // namespace cnx::test
