// SPDX-License-Identifier: GPL-2.0
// rule: free_irq() needs the same dev_id as request_irq(); with another dev_id it frees nothing.
// found: dev_id is a {type}, but request_irq() got a {requested}
// read: demo_threaded_irq/README.md
// pair: irq_wrong_dev_id
// judge: wrong_dev_id

@irq_wrong_dev_id_request@
type T;
T *id;
position p;
@@
(
request_irq@p(..., id)
|
request_threaded_irq@p(..., id)
)

@script:python@
p << irq_wrong_dev_id_request.p; T << irq_wrong_dev_id_request.T;
@@
see("irq_wrong_dev_id_request", p, type=T)

@irq_wrong_dev_id@
type T;
T *id;
position p;
@@
free_irq@p(..., id)

@script:python@
p << irq_wrong_dev_id.p; T << irq_wrong_dev_id.T;
@@
see("irq_wrong_dev_id", p, type=T)
