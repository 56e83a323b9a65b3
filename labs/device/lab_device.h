/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device of the labs: an interrupt line of the bench, and behind it what a
 * driver has to deal with. It keeps books of its own, of what it gave and of what
 * it got back; these count, whatever the driver says of itself.
 *
 * A device makes events. Each has a datum, a number that says which one it is. The
 * driver reads it, deals with it in a bottom half, and hands it in.
 */
#ifndef _LAB_DEVICE_H
#define _LAB_DEVICE_H

#include "irq_line.h"

struct lab_device;
struct napi_struct;

struct lab_device *__lab_device_create(const char *name, enum irq_line_flow flow,
				       struct module *owner);
void lab_device_destroy(struct lab_device *dev);

/**
 * lab_device_create() - make a device
 * @__name: of the device and its line, see irq_line_create()
 * @__flow: edge or level
 *
 * Context: process, may sleep.
 * Return: the device, or an ERR_PTR.
 */
#define lab_device_create(__name, __flow) \
	__lab_device_create(__name, __flow, THIS_MODULE)

struct irq_line *lab_device_line(const struct lab_device *dev);
unsigned int lab_device_irq(const struct lab_device *dev);

/* Labs 2, 3 and 5 */
void lab_device_transfer(struct lab_device *dev, unsigned int events);
void lab_device_copy(struct lab_device *dev, void *to, const void *from,
		     unsigned int len);
unsigned int lab_device_slow_ack(struct lab_device *dev);

/* Labs 4 and 6 */
bool lab_device_read(struct lab_device *dev, u32 *datum);
void lab_device_hand_in(struct lab_device *dev, u32 datum);

/* Lab 6 */
unsigned int lab_device_waiting(struct lab_device *dev);
void lab_device_enable(struct lab_device *dev, bool on);

#endif /* _LAB_DEVICE_H */
