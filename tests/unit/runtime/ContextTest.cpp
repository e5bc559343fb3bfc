// Creation, options, memory, entry and hooks of a context.
#include "tests/unit/runtime/Context.h"
#include "tests/unit/runtime/CountingAllocator.h"

#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <thread>

using Catch::Matchers::Contains;

namespace {

cnx_rt_status create(const cnx_rt_options *options, std::string *message,
                     cnx_rt_model model = testModel(64, 64)) {
  cnx_rt_context *context = nullptr;
  cnx_rt_error error{};
  cnx_rt_status status = cnx_rt_context_create(&model, options, &context, &error);
  CHECK((context != nullptr) == (status == CNX_RT_OK));
  cnx_rt_context_destroy(context);
  *message = error.text;
  return status;
}

struct Isa {
  explicit Isa(const char *value) { setenv("CNX_RT_ISA", value, 1); }
  ~Isa() { unsetenv("CNX_RT_ISA"); }
};

} // namespace

TEST_CASE("context: arenas are aligned and writable, small and large", "[runtime]") {
  for (size_t bytes : {size_t{64}, size_t{1} << 20, (size_t{9} << 20) + 64}) {
    Context context = makeContext(testOptions(1), bytes, 0);
    unsigned char *arena = cnx_rt_context_arena(context.get());
    CHECK(reinterpret_cast<uintptr_t>(arena) % 64 == 0);
    std::memset(arena, 1, bytes);
    CHECK(arena[bytes - 1] == 1);
  }
}

TEST_CASE("context: all memory comes from the application's allocator and goes back", "[runtime]") {
  std::string message;
  cnx_rt_options options = testOptions(3);
  for (int failFrom = 1; failFrom <= 4; ++failFrom) {
    CountingAllocator allocator;
    allocator.failFrom = failFrom;
    options.allocator_self = &allocator;
    options.allocate = CountingAllocator::allocate;
    options.release = CountingAllocator::release;
    cnx_rt_status status = create(&options, &message);
    CHECK(status == (failFrom <= 3 ? CNX_RT_MEMORY : CNX_RT_OK)); // context, arena, scratch
    if (status != CNX_RT_OK)
      CHECK_THAT(message, Contains("test: no memory for"));
    CHECK(allocator.live.empty());
  }
}

TEST_CASE("context: memory that no machine has is an error", "[runtime]") {
  std::string message;
  CHECK(create(nullptr, &message, testModel(SIZE_MAX / 64 * 64, 0)) == CNX_RT_MEMORY);
  CHECK(create(nullptr, &message, testModel(0, SIZE_MAX / 64 * 64)) == CNX_RT_MEMORY);
  cnx_rt_options options = testOptions(3);
  CHECK(create(&options, &message, testModel(0, SIZE_MAX / 64 * 32)) == CNX_RT_MEMORY);
}

TEST_CASE("context: options grow with their size", "[runtime]") {
  std::string message;
  struct Newer {
    cnx_rt_options options;
    uint64_t more;
  } newer{testOptions(1), 0};
  newer.options.struct_size = sizeof newer;
  CHECK(create(&newer.options, &message) == CNX_RT_OK);
  newer.more = 1ull << 56;
  CHECK(create(&newer.options, &message) == CNX_RT_ABI);
  CHECK_THAT(message, Contains("is set, this runtime knows the first"));
  cnx_rt_options older = testOptions(1);
  older.struct_size = offsetof(cnx_rt_options, pool);
  older.allocate = CountingAllocator::allocate; // beyond its size, so not looked at
  CHECK(create(&older, &message) == CNX_RT_OK);
  older.struct_size = 0;
  CHECK(create(&older, &message) == CNX_RT_ABI);
  CHECK_THAT(message, Contains("struct_size is 0, expected "));
  CHECK(create(nullptr, &message) == CNX_RT_OK);
}

TEST_CASE("context: options that contradict each other are named", "[runtime]") {
  std::string message;
  cnx_rt_options options = testOptions(1);
  options.allocate = CountingAllocator::allocate;
  CHECK(create(&options, &message) == CNX_RT_ARGUMENT);
  CHECK_THAT(message, Contains("allocate and release must both be given"));
  cnx_rt_pool *pool = nullptr;
  REQUIRE(cnx_rt_pool_create(1, &pool, nullptr) == CNX_RT_OK);
  cnx_rt_foreign_pool foreign = {nullptr, 0, [](void *, int, cnx_rt_task, void *) {}};
  options = testOptions(1);
  options.pool = pool;
  options.foreign_pool = &foreign;
  CHECK(create(&options, &message) == CNX_RT_ARGUMENT);
  CHECK_THAT(message, Contains("both pool and foreign_pool"));
  options.pool = nullptr;
  CHECK(create(&options, &message) == CNX_RT_ARGUMENT);
  CHECK_THAT(message, Contains("1 to 256 workers, found 0"));
  foreign.max_workers = 2;
  foreign.parallel_for = nullptr;
  CHECK(create(&options, &message) == CNX_RT_ARGUMENT);
  cnx_rt_pool_release(pool);
  options = testOptions(1000);
  CHECK(create(&options, &message) == CNX_RT_ARGUMENT);
  CHECK(cnx_rt_context_create(nullptr, nullptr, nullptr, nullptr) == CNX_RT_ARGUMENT);
  cnx_rt_context_destroy(nullptr);
}

TEST_CASE("context: one thread at a time", "[runtime]") {
  Context context = makeContext(testOptions(1));
  REQUIRE(cnx_rt_context_enter(context.get()) == CNX_RT_OK);
  cnx_rt_status other = CNX_RT_OK;
  std::thread([&] { other = cnx_rt_context_enter(context.get()); }).join();
  CHECK(other == CNX_RT_BUSY);
  CHECK(cnx_rt_context_leave(context.get()) == CNX_RT_OK);
  std::thread([&] {
    other = cnx_rt_context_enter(context.get());
    cnx_rt_context_leave(context.get());
  }).join();
  CHECK(other == CNX_RT_OK);
}

TEST_CASE("context: messages are kept and cut", "[runtime]") {
  Context context = makeContext(testOptions(1));
  CHECK(std::string(cnx_rt_context_message(context.get())).empty());
  std::string text(2000, 'x');
  CHECK(cnx_rt_context_fail(context.get(), CNX_RT_BAD_BATCH, "%d %s", 3, text.c_str()) ==
        CNX_RT_BAD_BATCH);
  CHECK(std::string(cnx_rt_context_message(context.get())) == "3 " + text.substr(0, 509));
  cnx_rt_error error;
  CHECK(cnx_rt_fail(&error, CNX_RT_IO, "%s", text.c_str()) == CNX_RT_IO);
  CHECK(error.status == CNX_RT_IO);
  CHECK(std::string(error.text).size() == 511);
  CHECK(cnx_rt_fail(nullptr, CNX_RT_IO, "unheard") == CNX_RT_IO);
}

TEST_CASE("context: every status has words of its own", "[runtime]") {
  std::map<std::string, int> words;
  for (int status = CNX_RT_OK; status <= CNX_RT_INTERNAL + 1; ++status)
    ++words[cnx_rt_status_text(static_cast<cnx_rt_status>(status))];
  CHECK(words.size() == CNX_RT_INTERNAL + 2u);
  CHECK(words.count("unknown status") == 1);
}

TEST_CASE("context: hooks see launches and one line at creation", "[runtime]") {
  std::vector<std::string> lines;
  std::vector<int> launches;
  cnx_rt_options options = testOptions(2);
  options.log_self = &lines;
  options.log = [](void *self, const char *line) {
    static_cast<std::vector<std::string> *>(self)->push_back(line);
  };
  options.launch_self = &launches;
  options.on_launch = [](void *self, int launch, int end) {
    static_cast<std::vector<int> *>(self)->push_back(launch * 10 + end);
  };
  Context context = makeContext(options, 128, 64);
  cnx_rt_launch_begin(context.get(), 4);
  cnx_rt_launch_end(context.get(), 4);
  CHECK(launches == std::vector<int>{40, 41});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "test: level v3, 2 workers, arena 128 bytes, scratch 64 bytes a worker");
  Context quiet = makeContext(testOptions(1));
  cnx_rt_launch_begin(quiet.get(), 4);
  cnx_rt_launch_end(quiet.get(), 4);
}

TEST_CASE("level: the processor's, the library's and CNX_RT_ISA's meet", "[runtime]") {
  cnx_rt_level best = cnx_rt_choose_level(3);
  bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  bool v4 = v3 && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
  CHECK(best == (v4 ? CNX_RT_LEVEL_V4 : v3 ? CNX_RT_LEVEL_V3 : CNX_RT_LEVEL_NONE));
  CHECK(cnx_rt_choose_level(0) == CNX_RT_LEVEL_NONE);
  CHECK(cnx_rt_choose_level(1) == (v3 ? CNX_RT_LEVEL_V3 : CNX_RT_LEVEL_NONE));
  CHECK(cnx_rt_choose_level(2) == (v4 ? CNX_RT_LEVEL_V4 : CNX_RT_LEVEL_NONE));
  std::string message;
  {
    Isa isa("v3");
    CHECK(cnx_rt_choose_level(3) == (v3 ? CNX_RT_LEVEL_V3 : CNX_RT_LEVEL_NONE));
    CHECK(cnx_rt_choose_level(2) == CNX_RT_LEVEL_NONE);
    cnx_rt_model onlyV4 = {"test", 0, 0, {nullptr, testTable}};
    CHECK(create(nullptr, &message, onlyV4) == CNX_RT_NO_ISA);
    CHECK_THAT(message, Contains("the library v4, CNX_RT_ISA asks for v3"));
  }
  {
    Isa isa("avx2");
    CHECK(cnx_rt_choose_level(3) == CNX_RT_LEVEL_NONE);
    CHECK(create(nullptr, &message) == CNX_RT_NO_ISA);
    CHECK(message == "CNX_RT_ISA: found \"avx2\", expected v3 or v4");
  }
  {
    Isa isa("");
    CHECK(cnx_rt_choose_level(3) == best);
  }
  CHECK(create(nullptr, &message, {"test", 0, 0, {nullptr, nullptr}}) == CNX_RT_NO_ISA);
  CHECK_THAT(message, Contains("the library none"));
}

TEST_CASE("level: a context has the table of its level", "[runtime]") {
  const void *tables[2][1] = {};
  cnx_rt_model model = {"test", 0, 0, {tables[0], tables[1]}};
  Isa isa("v3");
  cnx_rt_context *context = nullptr;
  cnx_rt_options options = testOptions(1);
  REQUIRE(cnx_rt_context_create(&model, &options, &context, nullptr) == CNX_RT_OK);
  CHECK(cnx_rt_context_level(context) == CNX_RT_LEVEL_V3);
  CHECK(cnx_rt_context_table(context) == tables[0]);
  cnx_rt_context_destroy(context);
  if (!__builtin_cpu_supports("avx512vl"))
    WARN("this machine has no AVX-512: level v4 is not tried");
  else {
    Isa four("v4");
    REQUIRE(cnx_rt_context_create(&model, &options, &context, nullptr) == CNX_RT_OK);
    CHECK(cnx_rt_context_level(context) == CNX_RT_LEVEL_V4);
    CHECK(cnx_rt_context_table(context) == tables[1]);
    cnx_rt_context_destroy(context);
  }
}
