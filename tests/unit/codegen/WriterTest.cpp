#include "compiler/codegen/Writer.h"

#include "tests/support/catch.h"

namespace cnx {

TEST_CASE("calls are filled to the margin and continued under the first argument") {
  Writer out;
  out.open("void f() {{");
  out.call("launch", std::vector<std::string>(12, "argument"));
  out.close();
  CHECK(out.take() == "void f() {\n"
                      "  launch(argument, argument, argument, argument, argument, argument, "
                      "argument, argument, argument,\n"
                      "         argument, argument, argument);\n"
                      "}\n");
}

TEST_CASE("an argument that does not fit under the first one moves the declaration's type up") {
  const std::string wide(70, 'w');
  Writer out;
  out.call("cnx_rt_status a_rather_long_function_name", {"int x", wide});
  CHECK(out.take() == "cnx_rt_status\na_rather_long_function_name(int x,\n" + std::string(28, ' ') +
                          wide + ");\n");
}

TEST_CASE("comments of consecutive rows share a column as long as all of them fit") {
  Writer out;
  out.rows({{"int a;", "// one"},
            {"int longer;", "// two"},
            {"int alone;", ""},
            {"int b;", "// " + std::string(85, 'c')},
            {std::string(60, 'd') + ";", "// four"}});
  CHECK(out.take() == "int a;      // one\nint longer; // two\nint alone;\n"
                      "int b; // " +
                          std::string(85, 'c') + "\n" + std::string(60, 'd') + "; // four\n");
}

TEST_CASE("comments are filled and keep their line breaks") {
  Writer out;
  out.comment(std::string(60, 'a') + " " + std::string(50, 'b') + "\n\nc");
  CHECK(out.take() ==
        "// " + std::string(60, 'a') + "\n// " + std::string(50, 'b') + "\n//\n// c\n");
}

TEST_CASE("string literals survive quotes, control characters and trigraphs") {
  CHECK(cString("a\"b\\c\n\x01?\?/") == R"("a\"b\\c\012\001?\?/")");
}

} // namespace cnx
