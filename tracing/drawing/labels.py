# SPDX-License-Identifier: GPL-2.0
"""Finds places for words, so that no word covers a box, an arrow, a mark or another word."""
from svg import text_width

SIZE = 11


class Room:
    def __init__(self, canvas, left, right):
        self.canvas, self.left, self.right = canvas, left, right
        self.taken = []             # rectangles
        self.points = []            # of arrows and marks
        self.homeless = 0           # words for which there was no room

    def block(self, x, y, w, h):
        self.taken.append((x, y, x + w, y + h))

    def along(self, points):
        """Keeps words away from the line through these points. Adds points that are so close to each other that no word
        fits between them."""
        for (x1, y1), (x2, y2) in zip(points, points[1:]):
            steps = max(1, int(max(abs(x2 - x1), abs(y2 - y1)) / 4))
            self.points += [(x1 + (x2 - x1) * i / steps, y1 + (y2 - y1) * i / steps) for i in range(steps + 1)]

    def crossed(self, x1, y1, x2, y2):
        return any(x1 < x < x2 and y1 < y < y2 for x, y in self.points)

    def free(self, x, y, w, h, own_box=False):
        """Is this rectangle free? If own_box is set, the word belongs into a box, so it may cover this box."""
        if x < self.left or x + w > self.right:
            return False
        if self.crossed(x - 1, y - 1, x + w + 1, y + h + 1):
            return False
        return own_box or not any(x < b and a < x + w and y < d and c < y + h for a, c, b, d in self.taken)

    def word(self, text, paint, places, size=SIZE):
        """Puts the word at the first free place in "places". A place is the position (x, y) of the left end of the
        word, at half of its height."""
        w = text_width(text, size) + 4
        for x, y in places:
            if self.free(x, y - size * 0.65, w, size * 1.3):
                self.block(x, y - size * 0.65, w, size * 1.3)
                self.canvas.text(x + 2, y + size * 0.36, size, text, paint, halo=True)
                return True
        self.homeless += 1
        return False
