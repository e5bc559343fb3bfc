#!/usr/bin/env python3
"""The loop finder on a function with a clean loop, a spilling one, and an outer one that may touch the stack."""

import assembly

FMA = "\tvfmadd231ps\t%zmm1, %zmm2, %zmm3\n"
TEXT = (
    "kernel.task0:\n\tsubq\t$72, %rsp\n.LBB0_1:\n\tvmovups\t%zmm0, -64(%rsp)\n.LBB0_2:\n"
    + FMA * 8
    + "\tvmovups\t(%rsp,%rax,4), %zmm5\n\tvmovups\t(%rbp), %zmm6\n\tmovq\t8(%rsp), %rax\n\tjne\t.LBB0_2\n"
    + "\tjne\t.LBB0_1\n.LBB0_3:\n"
    + FMA * 9
    + "\tvfmadd231ps\t-128(%rsp), %zmm2, %zmm3\n\tjb\t.LBB0_3\n.LBB0_4:\n"
    + FMA * 7
    + "\tvmovaps\t%zmm3, 64(%rsp)\n\tjne\t.LBB0_4\n\tretq\n"
    + "framed:\n\tpushq\t%rbp\n\tmovq\t%rsp, %rbp\n.LBB1_1:\n"
    + FMA * 8
    + "\tvmovups\t-32(%rbp), %ymm6\n\tje\t.LBB1_1\n"
)

expected = [
    ("kernel.task0", 8, []),
    ("kernel.task0", 10, ["vfmadd231ps\t-128(%rsp), %zmm2, %zmm3"]),
    ("framed", 8, ["vmovups\t-32(%rbp), %ymm6"]),
]
found = list(assembly.fused_loops(TEXT, 8))
assert found == expected, found
