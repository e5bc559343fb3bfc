// The step over flat segments: 300 numbers in two blocks, 20 in one; frozen ones in none.
// RUN: cnx-opt %s --cnx-add-update | FileCheck %s --check-prefixes=CHECK,ADAMW
// RUN: cnx-opt %s --cnx-add-update='optimizer=sgd ema=true' | FileCheck %s --check-prefixes=CHECK,SGD
// RUN: cnx-opt %s --cnx-add-update='optimizer=sgd ema=true' --cnx-add-update | FileCheck %s --check-prefixes=CHECK,SGD
// RUN: not cnx-opt %s --cnx-add-update=optimizer=adam 2>&1 | FileCheck %s --check-prefix=ERROR
// ERROR: optimizer is "adam", expected adamw or sgd

cnx.weight @a : tensor<300xf32>
cnx.weight @b : tensor<20xf32>
cnx.weight @c : tensor<3000xf32> {frozen}

// CHECK: func.func @train_b1
func.func @train_b1(%x: tensor<1x3xf32> {cnx.name = "image"}) -> (tensor<1x3xf32> {cnx.name = "logits"}) {
  return %x : tensor<1x3xf32>
}

// ADAMW: func.func @update(%[[P:.*]]: tensor<3x256xf32> {cnx.name = "param"}, %[[G:.*]]: tensor<3x256xf32> {cnx.name = "grad"}, %[[M:.*]]: tensor<3x256xf32> {cnx.name = "moment1"}, %[[V:.*]]: tensor<3x256xf32> {cnx.name = "moment2"}, %[[R:.*]]: tensor<3xf32> {cnx.name = "rate"}, %[[D:.*]]: tensor<3xf32> {cnx.name = "decay"}, %[[S:.*]]: tensor<16xf32> {cnx.name = "scalars"}) -> (tensor<3x256xf32> {cnx.name = "param"}, tensor<3x256xf32> {cnx.name = "moment1"}, tensor<3x256xf32> {cnx.name = "moment2"})
// ADAMW-NEXT: %[[A:.*]], %[[B:.*]], %[[C:.*]] = cnx.adamw %[[P]], %[[G]], %[[M]], %[[V]], %[[R]], %[[D]], %[[S]]
// ADAMW-NEXT: return %[[A]], %[[B]], %[[C]]
// ADAMW-NOT: @average

// SGD: func.func @update(%[[P:.*]]: tensor<3x256xf32> {cnx.name = "param"}, %[[G:.*]]: tensor<3x256xf32> {cnx.name = "grad"}, %[[M:.*]]: tensor<3x256xf32> {cnx.name = "moment1"}, %[[R:.*]]: tensor<3xf32> {cnx.name = "rate"}, %[[D:.*]]: tensor<3xf32> {cnx.name = "decay"}, %[[S:.*]]: tensor<16xf32> {cnx.name = "scalars"}) -> (tensor<3x256xf32> {cnx.name = "param"}, tensor<3x256xf32> {cnx.name = "moment1"})
// SGD-NEXT: %[[A:.*]], %[[B:.*]] = cnx.sgd %[[P]], %[[G]], %[[M]], %[[R]], %[[D]], %[[S]]
// SGD-NEXT: return %[[A]], %[[B]]
// SGD: func.func @average(%[[E:.*]]: tensor<3x256xf32> {cnx.name = "ema"}, %[[P:.*]]: tensor<3x256xf32> {cnx.name = "param"}, %[[S:.*]]: tensor<16xf32> {cnx.name = "scalars"}) -> (tensor<3x256xf32> {cnx.name = "ema"})
// SGD-NEXT: cnx.average %[[E]], %[[P]], %[[S]]

// CHECK: func.func @squares(%[[G:.*]]: tensor<3x256xf32> {cnx.name = "grad"}) -> (tensor<3xf32> {cnx.name = "squares"})
// CHECK-NEXT: cnx.block_squares %[[G]]
// CHECK-NOT: func.func
