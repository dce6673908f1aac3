package sampleforge

// Ids rise with the project's number and leave gaps, small ones everywhere and
// a large one after each block, as they do where projects were deleted and
// where private ones are hidden. Number and id follow from each other without
// a table.
const (
	defaultFirstID = 5_000_000_021 // beyond 32 bits, as ids will be one day
	idStride       = 7
	blockSize      = 1000
	blockGap       = 5000
	blockSpan      = blockSize*idStride + blockGap
)

// id returns the id of the project with a number.
func (f *Forge) id(number int) int64 {
	block, inBlock := number/blockSize, number%blockSize
	jitter := newDice(f.seed, number, saltID)
	return f.firstID + int64(block)*blockSpan + int64(inBlock*idStride+jitter.roll(idStride))
}

// numberAfter returns the lowest number whose id is greater than an id.
func (f *Forge) numberAfter(id int64) int {
	if id < f.firstID {
		return 0
	}
	// The bound is farther than any project can be; the sum below must not
	// overflow.
	offset := min(id-f.firstID, 1<<50)
	block, rest := int(offset/blockSpan), int(offset%blockSpan)
	number := block*blockSize + min(rest/idStride, blockSize)
	if f.id(number) <= id {
		number++
	}
	return number
}

// number returns the number of the project with an id, among those that there
// have ever been.
func (f *Forge) number(id int64) (int, bool) {
	number := f.numberAfter(id - 1)
	return number, number < f.count && f.id(number) == id
}
